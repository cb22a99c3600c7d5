import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDailyWorkflow } from '../../localstack/daily.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

let platform: ReturnType<typeof openDeployedPlatform>;
let workflow: ReturnType<typeof openDailyWorkflow>;
beforeAll(() => {
  platform = openDeployedPlatform();
  workflow = openDailyWorkflow(platform.endpoints);
});
afterAll(async () => {
  workflow.close();
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

    await land('late', [`Dune,${day} 12:00:00,20,20,0,9`]);
    expect(await run()).toMatchObject({
      status: 'SUCCEEDED',
      loaded: { revision: 2, changes: ['26 → 27 rows', 'Dune: 2 → 3 observations'] },
    });
    expect(await summary()).toMatchObject([
      { location: 'Dune', observations: '3', hours_seen: 3, revision: 2 },
      { location: 'Marsh', observations: '24', revision: 1 },
    ]);
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
