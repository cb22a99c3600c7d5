import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { localAccount } from '../../localstack/platform/local-account.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

// All tests that change the inbox's answers are in this file, since test files run in parallel.
let platform: ReturnType<typeof openDeployedPlatform>;
let sfn: SFNClient;
beforeAll(() => {
  platform = openDeployedPlatform();
  sfn = new SFNClient(localAccount(platform.endpoints));
});
afterAll(async () => {
  sfn.destroy();
  await platform.close();
});

const arn = (name: string) =>
  `arn:aws:states:${platform.endpoints.region}:000000000000:stateMachine:isobar-local-${name}`;
const inbox = (method: string, path: string, body?: object) =>
  fetch(`${platform.endpoints.slackInboxUrl}${path}`, { method, body: body ? JSON.stringify(body) : null });
const messages = async () =>
  ((await (await inbox('GET', '/messages')).json()) as { payload: unknown }[]).map(({ payload }) =>
    JSON.stringify(payload),
  );

const startSensor = () => sfn.send(new StartExecutionCommand({ stateMachineArn: arn('sensor-starter') }));
const sensors = async () =>
  (await sfn.send(new ListExecutionsCommand({ stateMachineArn: arn('sensor') }))).executions ?? [];
/** A sensor execution is named for its hour. */
const hourOf = (time: Date) => time.toISOString().slice(0, 13);
const ended = (executionArn = '') =>
  waitFor(
    `${executionArn} to end`,
    async () => {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      return execution.status !== 'RUNNING' && execution;
    },
    { deadlineMs: 30_000, everyMs: 250 },
  );

/** Inserts alerts directly, so that no function nudges notify-slack. */
const insertAlerts = (location: string, count: number) =>
  platform.rows<{ alert_id: string }>(
    `insert into weather_alerts (location, alert_type, alert_reason, event_time, value, threshold, raw_json)
     select $1, 'TEMP_HIGH', 'hot', now(), n, 35, '{}' from generate_series(1, $2) as n returning alert_id`,
    [location, count],
  );
const reported = (table: string, where: string, value: string, count: number) =>
  waitFor(
    `${count} rows of ${table} to be reported`,
    async () => {
      const rows = await platform.rows(`select 1 from ${table} where ${where} = $1 and slack_sent`, [value]);
      return rows.length === count;
    },
    // No sensor runs from minute 59 to minute 1, unless a test starts one.
    { deadlineMs: 180_000, everyMs: 250 },
  );

/**
 * Returns a running sensor. A sensor that starts at the end of its hour ends at once, so this may wait for
 * the next.
 */
const runningSensor = () =>
  waitFor(
    'a running sensor',
    async () => {
      const sensor = (await sensors()).find(({ status }) => status === 'RUNNING');
      if (!sensor) await startSensor();
      return sensor;
    },
    { deadlineMs: 150_000, everyMs: 2_000 },
  );
/** Allows for a test that begins at the end of an hour. */
const hourlyDeadlineMs = 600_000;

test(
  'the sensor reports alerts and errors without a nudge, and groups a burst in one message',
  async () => {
    await runningSensor();
    const place = `Sensorville ${Date.now()}`;
    await insertAlerts(place, 40);
    await platform.rows(
      `insert into error_weather_data (error_type, error_message, location, file_name)
     select 'DATE_ERROR', 'no date', 'x', $1 from generate_series(1, 71)`,
      [`incoming/observations/${place}.csv`],
    );
    await reported('weather_alerts', 'location', place, 40);
    await reported('error_weather_data', 'file_name', `incoming/observations/${place}.csv`, 71);
    const received = await messages();
    expect(received.filter((message) => message.includes(`${place}: hot (40 times)`))).toHaveLength(1);
    expect(received.filter((message) => message.includes(`${place}.csv: 71`))).toHaveLength(1);
  },
  hourlyDeadlineMs,
);

test(
  'a second start of the sensor within the hour starts no second execution',
  async () => {
    const sensor = await runningSensor();
    const startedAt = new Date();
    for (const { executionArn: start } of await Promise.all([startSensor(), startSensor()])) {
      expect(await ended(start)).toMatchObject({ status: 'SUCCEEDED' });
    }
    const others = (await sensors()).filter(({ executionArn, startDate }) => {
      return executionArn !== sensor.executionArn && startDate !== undefined && startDate >= startedAt;
    });
    // The next hour may have begun since.
    const nextHour = hourOf(new Date());
    expect(others.map(({ name }) => name).filter((name) => name !== nextHour)).toEqual([]);
    expect(others.length).toBeLessThanOrEqual(nextHour === hourOf(startedAt) ? 0 : 1);
  },
  hourlyDeadlineMs,
);

test.each([{ status: 500 }, { status: 429, retryAfterS: 1 }])(
  'the sensor survives a Slack that answers %j, and reports each row once after recovery',
  async (behaviour) => {
    const { executionArn } = await runningSensor();
    const place = `Outageville ${behaviour.status} ${Date.now()}`;
    await inbox('PUT', '/behaviour', behaviour);
    try {
      await insertAlerts(place, 9);
      await waitFor(
        'an attempt to report to Slack',
        async () =>
          (
            await platform.rows(
              'select 1 from weather_alerts where location = $1 and (retry_count > 0 or slack_claim is not null)',
              [place],
            )
          ).length > 0,
        { deadlineMs: 90_000, everyMs: 100 },
      );
    } finally {
      await inbox('PUT', '/behaviour', { status: 200 });
    }
    await reported('weather_alerts', 'location', place, 9);
    expect((await messages()).filter((message) => message.includes(`${place}: hot (9 times)`))).toHaveLength(
      1,
    );
    const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    expect(['RUNNING', 'SUCCEEDED']).toContain(status);
  },
  hourlyDeadlineMs,
);

test('a failed workflow is reported to Slack', async () => {
  const name = `no-hour-${Date.now()}`;
  const { executionArn } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn: arn('sensor'), name, input: '{}' }),
  );
  expect(await ended(executionArn)).toMatchObject({ status: 'FAILED' });
  await waitFor(
    'the notice',
    async () =>
      (await messages()).some(
        (message) => message.includes('isobar-local-sensor failed') && message.includes(name),
      ),
    { deadlineMs: 90_000, everyMs: 250 },
  );
});

const alertsAt = (location: string) =>
  platform.rows<{ slack_sent: boolean; retry_count: number }>(
    'select slack_sent, retry_count from weather_alerts where location = $1',
    [location],
  );

test('alerts wait unsent while Slack is down and landing continues, and are sent after recovery', async () => {
  const city = `Hotville ${Date.now()}`;
  await inbox('PUT', '/behaviour', { status: 500 });
  try {
    const source = await platform.dropFile(
      `${city}.csv`,
      `Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh\n${city},2024-08-01 12:00:00,39.5,20,0,5\n`,
    );
    await platform.ingested(source);
    await waitFor(
      'a failed attempt',
      async () => (await alertsAt(city)).some(({ retry_count }) => retry_count > 0),
      { deadlineMs: 90_000 },
    );
    expect(await platform.invoke('notify-slack')).toBe('Unhandled');
    expect(await alertsAt(city)).toMatchObject([{ slack_sent: false }]);
    await waitFor(
      'the row in the lake',
      async () => (await platform.landedRows()).some(({ location }) => location === city),
      { deadlineMs: 90_000 },
    );
  } finally {
    await inbox('PUT', '/behaviour', { status: 200 });
  }
  expect(await platform.invoke('notify-slack')).toBeUndefined();
  await waitFor(
    'the alert to be marked as sent',
    async () => (await alertsAt(city)).every(({ slack_sent }) => slack_sent),
    { deadlineMs: 90_000 },
  );
  const messages = await (await inbox('GET', '/messages')).text();
  expect(messages).toContain(city);
});
