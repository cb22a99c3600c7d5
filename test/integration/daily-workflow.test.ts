import { AthenaClient } from '@aws-sdk/client-athena';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runQuery } from '../../localstack/athena/run-query.ts';
import { localAccount } from '../../localstack/platform/local-account.ts';
import { openDailyWorkflow } from '../../localstack/run/daily.ts';
import type { Progress } from '../../localstack/run/workflow.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

let platform: ReturnType<typeof openDeployedPlatform>;
let workflow: ReturnType<typeof openDailyWorkflow>;
let athena: AthenaClient;
let s3: S3Client;
let lambda: LambdaClient;
beforeAll(() => {
  platform = openDeployedPlatform();
  workflow = openDailyWorkflow(platform.endpoints);
  athena = new AthenaClient(localAccount(platform.endpoints));
  lambda = new LambdaClient(localAccount(platform.endpoints));
  s3 = new S3Client({ ...localAccount(platform.endpoints), forcePathStyle: true });
});
afterAll(async () => {
  workflow.close();
  athena.destroy();
  s3.destroy();
  lambda.destroy();
  await platform.close();
});

// No other test has rows of this day. The timeout allows for five Spark runs, twice two at a time, on a busy
// machine.
const day = '1999-03-14';
const timeoutMs = 600_000;
const header = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh';

const land = async (name: string, rows: readonly string[]) => {
  const source = await platform.dropFile(`${name}-${Date.now()}.csv`, `${[header, ...rows].join('\n')}\n`);
  await platform.ingested(source);
};

const progressOf = async (execution: string, done: (progress: Progress) => boolean, what: string) => {
  const look = async () => {
    const progress = await workflow.progress(execution);
    return done(progress) || progress.endedAtMs !== undefined ? progress : undefined;
  };
  return waitFor(`the daily workflow to ${what}`, look, { deadlineMs: 300_000, everyMs: 250 });
};

async function ended(execution: string) {
  const progress = await progressOf(execution, () => false, 'end');
  return {
    ...progress,
    ...(Object(progress.output) as {
      check?: { runId: string };
      loaded?: object;
      message?: { title: string; body: string };
    }),
  };
}

const run = async () => ended(await workflow.start(day));

/** Starts the workflow and waits until it enters the state, so that all earlier states have run. */
async function startUntil(state: string): Promise<string> {
  const execution = await workflow.start(day);
  const isThere = ({ steps }: Progress) => steps.some((step) => step.state === state);
  await progressOf(execution, isThere, `come to ${state}`);
  return execution;
}

/** While `work` runs, the row counts by day include 1,000 rows that never landed. */
async function countingMissingRows<T>(ingestDate: string, work: () => Promise<T>): Promise<T> {
  const missing = [day, ingestDate];
  await platform.rows("insert into landed_days values ($1, $2, 'weather-data', 99, 1000)", missing);
  try {
    return await work();
  } finally {
    await platform.rows('delete from landed_days where event_date = $1 and partition = 99', [day]);
  }
}

/** While `work` runs, publish-day looks for its tables in a catalog database that does not exist. */
async function withoutTables<T>(work: () => Promise<T>): Promise<T> {
  const FunctionName = 'isobar-local-publish-day';
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const configure = async (Variables: Record<string, string>) => {
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
    await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 60 }, { FunctionName });
  };
  const Variables = Environment?.Variables ?? {};
  await configure({ ...Variables, CATALOG_DATABASE: 'nowhere' });
  try {
    return await work();
  } finally {
    await configure(Variables);
  }
}

/** The day in Athena: each location's rows in the summary, and its curated rows. */
const dayInAthena = async () => {
  const sql = `SELECT location, max(s.observations) AS in_summary, count(*) AS rows
                 FROM daily_weather s JOIN curated_observations o USING (location)
                WHERE s.event_date = DATE '${day}' AND o.event_date = DATE '${day}'
                GROUP BY location ORDER BY location`;
  const question = { sql, workGroup: 'isobar-local', database: 'isobar_local' };
  return (await runQuery(athena, question, new AbortController().signal)).rows;
};

/** The ids of the day's runs that have files in the lake. */
async function runsWithFiles(): Promise<Set<string>> {
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({
      Bucket: platform.endpoints.lakeBucket,
      Prefix: `daily/weather_summary/event_date=${day}/`,
    }),
  );
  return new Set(Contents.map(({ Key = '' }) => /run=([^/]+)/.exec(Key)?.[1] ?? Key));
}

/**
 * The Slack message about an execution, with its link. Another sender may send it after the execution's end.
 */
const slackMessageOf = (execution: string) =>
  waitFor(
    `the Slack message about ${execution}`,
    async () => {
      const [message] = await platform.rows<{ title: string; body: string }>(
        'select title, body from slack_messages where key = $1 and footnote like $2 and slack_sent',
        [`daily/${execution}`, `%/executions/details/${execution}`],
      );
      return message;
    },
    { deadlineMs: 60_000, everyMs: 250 },
  );

const summary = () =>
  platform.rows<Record<string, unknown>>(
    'select * from daily_weather_summary where day = $1 order by location',
    [day],
  );

test(
  'the daily workflow publishes a day, keeps it through failures, and corrects it for a late row',
  async () => {
    const nothing = await workflow.start(day);
    expect((await ended(nothing)).status).toBe('FAILED');
    expect(await slackMessageOf(nothing)).toMatchObject({
      body: `No observation of ${day} has landed\nThere is no result of the day.`,
    });

    const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
    await land('day', [
      ...hours.map(
        (hour) => `Marsh,${day} ${hour}:30:00,${Number(hour) / 2},60,${hour === '05' ? 1.5 : 0},4`,
      ),
      `Dune,${day} 00:00:00,41.5,20,0,9`,
      `Dune,${day} 23:59:59,-1,20,0,9`,
      'Dune,1999-03-15 00:00:00,0,20,0,9',
    ]);
    const first = await run();
    expect(first).toMatchObject({ status: 'SUCCEEDED', loaded: { revision: 1, isNew: true } });
    expect(first.message?.body).toContain('Marsh');
    expect(await summary()).toMatchObject([
      { location: 'Dune', observations: '2', hours_seen: 2, temperature_c_min: -1, alerts: '1' },
      {
        location: 'Marsh',
        observations: '24',
        temperature_c_mean: 5.75,
        temperature_c_p50: 5.75,
        temperature_c_p95: expect.closeTo(10.925, 9),
        rain_hours: 1,
        completeness: 1,
        alerts: '0',
      },
    ]);

    // Two concurrent runs fail: one cannot publish to the catalog, the other misses rows that should have
    // landed.
    await land('late', [`Dune,${day} 12:00:00,20,20,0,9`]);
    const [{ ingest_date: ingestDate = '' } = {}] = await platform.rows<{ ingest_date: string }>(
      'select max(ingest_date)::text as ingest_date from landed_days where event_date = $1',
      [day],
    );
    const [unpublished, bad] = await withoutTables(async () => {
      const late = await startUntil('Summarize');
      const short = await countingMissingRows(ingestDate, () => startUntil('Summarize'));
      for (const execution of [late, short]) expect((await ended(execution)).status).toBe('FAILED');
      return [late, short] as const;
    });
    expect(await slackMessageOf(bad)).toMatchObject({
      title: expect.stringContaining('failed'),
      body: expect.stringContaining('The run has 27 rows, but 1027 had landed before it'),
    });
    const lag = 'Postgres has revision 2; the tables of the lake may lag behind it.';
    expect(await slackMessageOf(unpublished)).toMatchObject({
      title: expect.stringContaining('failed'),
      body: expect.stringContaining(lag),
    });
    const corrected = await summary();
    expect(corrected).toMatchObject([
      { location: 'Dune', observations: '3', hours_seen: 3, revision: 2 },
      { location: 'Marsh', observations: '24', revision: 1 },
    ]);
    expect(await dayInAthena()).toEqual([
      ['Dune', '2', '2'],
      ['Marsh', '24', '24'],
    ]);

    // The next run computes the same result and publishes it. A concurrent run with a failing job changes
    // nothing.
    const repairing = await startUntil('Summarize');
    const broken = await countingMissingRows('1999-01-01', () => startUntil('Summarize'));
    const repaired = await ended(repairing);
    expect(repaired).toMatchObject({
      status: 'SUCCEEDED',
      loaded: { revision: 2, changes: ['26 → 27 rows', 'Dune: 2 → 3 observations'] },
    });
    expect((await ended(broken)).status).toBe('FAILED');
    expect(await slackMessageOf(broken)).toMatchObject({
      title: expect.stringContaining('failed'),
      body: expect.stringContaining('Path does not exist'),
    });
    expect(await slackMessageOf(repairing)).toMatchObject({
      title: expect.stringContaining('corrected (revision 2)'),
    });
    expect(await summary()).toEqual(corrected);
    expect(await dayInAthena()).toEqual([
      ['Dune', '3', '3'],
      ['Marsh', '24', '24'],
    ]);

    // Of the superseded runs, only one older than a day is deleted: readers may still use the others.
    const before = await runsWithFiles();
    const same = repaired.check?.runId ?? '';
    await platform.rows(
      "update replaced_runs set replaced_at = now() - interval '25 hours' where run_id = $1",
      [same],
    );
    const Payload = JSON.stringify({ day });
    await lambda.send(new InvokeCommand({ FunctionName: 'isobar-local-expire-superseded-runs', Payload }));
    expect(before.size).toBe(4);
    expect([...before].filter((runId) => runId !== same)).toEqual([...(await runsWithFiles())]);
  },
  timeoutMs,
);
