import { AthenaClient } from '@aws-sdk/client-athena';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runQuery } from '../../localstack/athena/run-query.ts';
import { localAccount } from '../../localstack/platform/local-account.ts';
import { openDailyWorkflow } from '../../localstack/run/daily.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

let platform: ReturnType<typeof openDeployedPlatform>;
let workflow: ReturnType<typeof openDailyWorkflow>;
let athena: AthenaClient;
let lambda: LambdaClient;
beforeAll(() => {
  platform = openDeployedPlatform();
  workflow = openDailyWorkflow(platform.endpoints);
  athena = new AthenaClient(localAccount(platform.endpoints));
  lambda = new LambdaClient(localAccount(platform.endpoints));
});
afterAll(async () => {
  workflow.close();
  athena.destroy();
  lambda.destroy();
  await platform.close();
});

// No other test has rows of this day.
const day = '1999-04-01';
const header = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh';
const file = (...rows: string[]) => `${[header, ...rows].join('\n')}\n`;

async function run() {
  const execution = await workflow.start(day);
  const ended = await waitFor(
    'the daily workflow to end',
    async () => {
      const progress = await workflow.progress(execution);
      return progress.endedAtMs === undefined ? undefined : progress;
    },
    { deadlineMs: 300_000, everyMs: 250 },
  );
  const { loaded, message } = Object(ended.output) as {
    loaded?: object;
    message?: { title: string; body: string };
  };
  return { failure: ended.failure, loaded, message };
}

const dueDays = async (): Promise<string[]> => {
  const { Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: 'isobar-local-find-due-days',
      Payload: JSON.stringify({ startedAt: new Date().toISOString() }),
    }),
  );
  return JSON.parse(Buffer.from(Payload ?? []).toString()).days;
};

const inAthena = async (table: string, condition: string) => {
  const sql = `SELECT hour(date_time), temperature_c FROM ${table} WHERE location = 'Upload' AND ${condition} ORDER BY 1, 2`;
  const question = { sql, workGroup: 'isobar-local', database: 'isobar_local' };
  return (await runQuery(athena, question, new AbortController().signal)).rows;
};

test('a day is built again with the corrected version of a file, and the version before does not count', async () => {
  await platform.ingested(
    await platform.dropFile(
      'upload.csv',
      file(`Upload,${day} 11:00:00,9,50,0,5`, `Upload,${day} 12:00:00,10,50,0,5`, 'Upload,bad,10,50,0,5'),
    ),
  );
  await platform.ingested(
    await platform.dropFile(
      'conflict.csv',
      file(`Upload,${day} 14:00:00,10,50,0,5`, `Upload,${day} 14:00:00,20,50,0,5`),
    ),
  );
  const first = await run();
  expect(first).toMatchObject({ failure: undefined, loaded: { revision: 1 } });
  expect(first.message?.body).toContain('conflict.csv: 0 repeated, 1 in conflict');
  expect(await dueDays()).not.toContain(day);

  await platform.ingested(
    await platform.dropFile(
      'upload.csv',
      file(`Upload,${day} 12:00:00,10.5,50,0,5`, `Upload,${day} 13:00:00,11,50,0,5`),
    ),
  );
  expect(await dueDays()).toContain(day);
  const second = await run();
  expect(second).toMatchObject({ failure: undefined, loaded: { revision: 2 } });
  expect(second.message?.body).toContain(
    'upload.csv replaces its earlier version: 3 rows changed (1 added, 1 removed, 1 with other values)',
  );
  expect(await dueDays()).not.toContain(day);
  expect(
    await platform.rows(
      'select observations::int, temperature_c_min, temperature_c_max from daily_weather_summary where day = $1',
      [day],
    ),
  ).toEqual([{ observations: 3, temperature_c_min: 10.5, temperature_c_max: 20 }]);
  expect(await inAthena('curated_observations', `event_date = DATE '${day}'`)).toEqual([
    ['12', '10.5'],
    ['13', '11.0'],
    ['14', '20.0'],
  ]);
  // The raw rows of all versions stay.
  expect(await inAthena('raw_observations', "ingest_date >= current_date - INTERVAL '1' DAY")).toHaveLength(
    6,
  );
}, 600_000);
