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
import { runQuery } from '../../bin/athena/query.ts';
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

// A day of its own, of which no other test has rows. Five runs of Spark, of which two and two share their time, on a machine that may
// be busy.
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

/** Starts it, and waits until the state is reached: what the states before it ask is asked by then. */
async function startUntil(state: string): Promise<string> {
  const execution = await workflow.start(day);
  const isThere = ({ steps }: Progress) => steps.some((step) => step.state === state);
  await progressOf(execution, isThere, `come to ${state}`);
  return execution;
}

/** Lets the ledger claim rows of the day that never landed, on an ingest date, as long as `work` lasts. */
async function claimingRows<T>(ingestDate: string, work: () => Promise<T>): Promise<T> {
  const claim = [day, ingestDate];
  await platform.rows("insert into landed_days values ($1, $2, 'weather-data', 99, 1000)", claim);
  try {
    return await work();
  } finally {
    await platform.rows('delete from landed_days where event_date = $1 and partition = 99', [day]);
  }
}

/** Lets publish-day look for its tables in another database of the catalog, as long as `work` lasts. */
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

/** What an analyst sees of the day: each location's rows by the summary, and as they can be counted. */
const asked = async () => {
  const sql = `SELECT location, max(s.observations) AS summed_up, count(*) AS rows
                 FROM daily_weather s JOIN curated_observations o USING (location)
                WHERE s.event_date = DATE '${day}' AND o.event_date = DATE '${day}'
                GROUP BY location ORDER BY location`;
  const question = { sql, workGroup: 'isobar-local', database: 'isobar_local' };
  return (await runQuery(athena, question, new AbortController().signal)).rows;
};

/** The day's runs that have files. */
async function runsWithFiles(): Promise<Set<string>> {
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({
      Bucket: platform.endpoints.lakeBucket,
      Prefix: `daily/weather_summary/event_date=${day}/`,
    }),
  );
  return new Set(Contents.map(({ Key = '' }) => /run=([^/]+)/.exec(Key)?.[1] ?? Key));
}

/** What Slack has been told of an execution, under its link; by another sender, maybe, after the execution's end. */
const toldOf = (execution: string) =>
  waitFor(
    `Slack to be told of ${execution}`,
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
  'a day is summed up and told to Slack, stays as it was through failures, and is corrected by a late row',
  async () => {
    const nothing = await workflow.start(day);
    expect((await ended(nothing)).status).toBe('FAILED');
    expect(await toldOf(nothing)).toMatchObject({
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

    // The catalog fails the run with the late row, and its result the one beside it: rows that the ledger claims are not there.
    await land('late', [`Dune,${day} 12:00:00,20,20,0,9`]);
    const [{ ingest_date: ingestDate = '' } = {}] = await platform.rows<{ ingest_date: string }>(
      'select max(ingest_date)::text as ingest_date from landed_days where event_date = $1',
      [day],
    );
    const [unpublished, bad] = await withoutTables(async () => {
      const late = await startUntil('Summarize');
      const short = await claimingRows(ingestDate, () => startUntil('Summarize'));
      for (const execution of [late, short]) expect((await ended(execution)).status).toBe('FAILED');
      return [late, short] as const;
    });
    expect(await toldOf(bad)).toMatchObject({
      title: expect.stringContaining('failed'),
      body: expect.stringContaining('The run has 27 rows, and 1027 had landed before it'),
    });
    const lag = 'Postgres has revision 2; the tables of the lake may lag behind it.';
    expect(await toldOf(unpublished)).toMatchObject({
      title: expect.stringContaining('failed'),
      body: expect.stringContaining(lag),
    });
    const corrected = await summary();
    expect(corrected).toMatchObject([
      { location: 'Dune', observations: '3', hours_seen: 3, revision: 2 },
      { location: 'Marsh', observations: '24', revision: 1 },
    ]);
    expect(await asked()).toEqual([
      ['Dune', '2', '2'],
      ['Marsh', '24', '24'],
    ]);

    // The next run finds the same as the one that failed, and moves the tables; a job that fails beside it changes nothing.
    const repairing = await startUntil('Summarize');
    const broken = await claimingRows('1999-01-01', () => startUntil('Summarize'));
    const repaired = await ended(repairing);
    expect(repaired).toMatchObject({
      status: 'SUCCEEDED',
      loaded: { revision: 2, changes: ['26 → 27 rows', 'Dune: 2 → 3 observations'] },
    });
    expect((await ended(broken)).status).toBe('FAILED');
    expect(await toldOf(broken)).toMatchObject({
      title: expect.stringContaining('failed'),
      body: expect.stringContaining('Path does not exist'),
    });
    expect(await toldOf(repairing)).toMatchObject({
      title: expect.stringContaining('corrected (revision 2)'),
    });
    expect(await summary()).toEqual(corrected);
    expect(await asked()).toEqual([
      ['Dune', '3', '3'],
      ['Marsh', '24', '24'],
    ]);

    // Of the runs that do not count, the one that was noted more than a day ago goes; others may still be read.
    const before = await runsWithFiles();
    const same = repaired.check?.runId ?? '';
    await platform.rows(
      "update replaced_runs set replaced_at = now() - interval '25 hours' where run_id = $1",
      [same],
    );
    const Payload = JSON.stringify({ day });
    await lambda.send(new InvokeCommand({ FunctionName: 'isobar-local-forget-runs', Payload }));
    expect(before.size).toBe(4);
    expect([...before].filter((runId) => runId !== same)).toEqual([...(await runsWithFiles())]);
  },
  timeoutMs,
);
