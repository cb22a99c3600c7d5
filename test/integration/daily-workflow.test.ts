import { AthenaClient } from '@aws-sdk/client-athena';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runQuery } from '../../bin/athena/query.ts';
import { openDailyWorkflow } from '../../localstack/daily.ts';
import { localAccount } from '../../localstack/local-account.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

let platform: ReturnType<typeof openDeployedPlatform>;
let workflow: ReturnType<typeof openDailyWorkflow>;
let athena: AthenaClient;
let s3: S3Client;
beforeAll(() => {
  platform = openDeployedPlatform();
  workflow = openDailyWorkflow(platform.endpoints);
  athena = new AthenaClient(localAccount(platform.endpoints));
  s3 = new S3Client({ ...localAccount(platform.endpoints), forcePathStyle: true });
});
afterAll(async () => {
  workflow.close();
  athena.destroy();
  s3.destroy();
  await platform.close();
});

// A day of its own, of which no other test has rows. Three runs of Spark, on a machine that may be busy.
const day = '1999-03-14';
const timeoutMs = 600_000;
const header = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh';

const land = async (name: string, rows: readonly string[]) => {
  const source = await platform.dropFile(`${name}-${Date.now()}.csv`, `${[header, ...rows].join('\n')}\n`);
  await platform.ingested(source);
};

async function run() {
  const execution = await workflow.start(day);
  const look = async () => {
    const progress = await workflow.progress(execution);
    return progress.endedAtMs === undefined ? undefined : progress;
  };
  const ended = await waitFor('the daily workflow to end', look, { deadlineMs: 300_000, everyMs: 500 });
  return {
    ...ended,
    ...(Object(ended.output) as { loaded?: object; message?: { title: string; body: string } }),
  };
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

/** The day's runs that have files, in the order in which they wrote them. */
async function runsWithFiles(): Promise<string[]> {
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({
      Bucket: platform.endpoints.lakeBucket,
      Prefix: `daily/weather_summary/event_date=${day}/`,
    }),
  );
  return Contents.toSorted((a, b) => Number(a.LastModified) - Number(b.LastModified)).map(
    ({ Key = '' }) => /run=([^/]+)/.exec(Key)?.[1] ?? Key,
  );
}

const summary = () =>
  platform.rows<Record<string, unknown>>(
    'select * from daily_weather_summary where day = $1 order by location',
    [day],
  );

test(
  'a day is summed up, told to Slack, left alone by a second run, and corrected by a late row',
  async () => {
    expect(await run()).toMatchObject({
      status: 'FAILED',
      failure: expect.stringContaining(`No observation of ${day} has landed`),
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
    const before = await summary();
    expect(before).toMatchObject([
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

    expect(await run()).toMatchObject({ status: 'SUCCEEDED', loaded: { revision: 1, isNew: false } });
    expect(await summary()).toEqual(before);
    expect(await asked()).toEqual([
      ['Dune', '2', '2'],
      ['Marsh', '24', '24'],
    ]);

    const [published = '', same = ''] = await runsWithFiles();
    await platform.rows(
      "update replaced_runs set replaced_at = now() - interval '25 hours' where run_id = $1",
      [same],
    );
    await land('late', [`Dune,${day} 12:00:00,20,20,0,9`]);
    expect(await run()).toMatchObject({
      status: 'SUCCEEDED',
      loaded: { revision: 2, changes: ['26 → 27 rows', 'Dune: 2 → 3 observations'] },
    });
    expect(await summary()).toMatchObject([
      { location: 'Dune', observations: '3', hours_seen: 3, revision: 2 },
      { location: 'Marsh', observations: '24', revision: 1 },
    ]);
    expect(await asked()).toEqual([
      ['Dune', '3', '3'],
      ['Marsh', '24', '24'],
    ]);
    // Of the three runs, the one that found nothing new is gone; the one just replaced may still be read.
    expect(await runsWithFiles()).toEqual([published, expect.not.stringMatching(same)]);
    const told = await platform.rows<{ title: string; slack_sent: boolean }>(
      "select title, slack_sent from slack_messages where key like 'daily/%' and (title like $1 or body like $1) order by id",
      [`%${day}%`],
    );
    expect(told.map(({ title }) => title)).toEqual([
      expect.stringContaining('failed'),
      expect.stringContaining(`Weather of ${day}`),
      expect.stringContaining('nothing has changed'),
      expect.stringContaining('corrected (revision 2)'),
    ]);
    expect(told.every(({ slack_sent }) => slack_sent)).toBe(true);
  },
  timeoutMs,
);
