import { expect, test } from '@jest/globals';
import type { Observation } from '../../../../../lambdas/shared/wire/observation.ts';
import { newBaseline } from '../../../../../lambdas/weather/watch-weather/anomalies.ts';
import type { Outcome } from '../../../../../lambdas/weather/watch-weather/outcome.ts';
import { loadSeries } from '../../../../../lambdas/weather/watch-weather/series-table.ts';
import { saveOutcome } from '../../../../../lambdas/weather/watch-weather/weather-tables.ts';
import { addReading, emptyWindow } from '../../../../../lambdas/weather/watch-weather/weather-windows.ts';
import { testDatabase } from '../../test-database.ts';
import { alert, nothing, observation, settings, startMs } from './outcomes.ts';

const { connect, query } = testDatabase();

const save = (outcome: Partial<Outcome>) =>
  connect().transaction((tx) => saveOutcome(tx, { ...nothing, ...outcome }, settings));

test('the newest observation of a location is kept when an older one arrives later', async () => {
  const keep = (...latest: Observation[]) => save({ latest });
  await keep(observation('Suwon', 10, 20), observation('Sokcho', 10, 20));
  await keep(observation('Suwon', 5, 1), observation('Sokcho', 15, 2));
  const rows = await query(
    `select location, temperature_c from latest_observations where location in ('Suwon', 'Sokcho') order by 1`,
  );
  expect(rows).toEqual([
    { location: 'Sokcho', temperature_c: 2 },
    { location: 'Suwon', temperature_c: 20 },
  ]);
});

test('the newest observation of a location is kept as it was, without the measures that it lacks', async () => {
  const newest = { ...observation('Jeju', 5), humidityPct: null };
  await save({ latest: [observation('Jeju', 0)] });
  await save({ latest: [newest, observation('Ulsan', 5)] });
  expect(
    await query(`select temperature_c, humidity_pct from latest_observations where location = 'Jeju'`),
  ).toEqual([{ temperature_c: 36, humidity_pct: null }]);
});

test('a window without values of a measure has no statistics of it, until values come', async () => {
  const windowAt = (...humidities: (number | null)[]) => {
    const window = emptyWindow('Mokpo', startMs);
    for (const humidityPct of humidities)
      addReading(window, { ...observation('Mokpo', 0), humidityPct }, { late: false, anomalous: false });
    return window;
  };
  const humidity = async () => {
    const [row] = await query(
      `select count, humidity_pct_missing as missing, humidity_pct_mean as mean, humidity_pct_m2 as m2,
              humidity_pct_min as min, humidity_pct_max as max
         from weather_windows where location = 'Mokpo'`,
    );
    return row;
  };
  await save({ windows: [windowAt(null, null)] });
  expect(await humidity()).toEqual({ count: '2', missing: '2', mean: null, m2: null, min: null, max: null });
  await save({ windows: [windowAt(null, 40, 60)] });
  expect(await humidity()).toEqual({ count: '5', missing: '3', mean: 50, m2: 200, min: 40, max: 60 });
  await save({ windows: [windowAt(null)] });
  expect(await humidity()).toEqual({ count: '6', missing: '4', mean: 50, m2: 200, min: 40, max: 60 });
  await save({ windows: [windowAt(80)] });
  expect(await humidity()).toEqual({ count: '7', missing: '4', mean: 60, m2: 800, min: 40, max: 80 });
});

const windowOf = (...values: number[]) => {
  const window = emptyWindow('Gimpo', startMs);
  for (const value of values)
    addReading(window, observation('Gimpo', 0, value), { late: value < 0, anomalous: value > 30 });
  return window;
};

test('a window merged from three batches has the statistics of all its readings', async () => {
  await save({ windows: [windowOf(20.5, 31)] });
  await save({ windows: [windowOf(-3)] });
  await save({ windows: [windowOf(25, 22, 19.5)] });
  const [row] = await query(`select * from weather_windows where location = 'Gimpo'`);
  expect(row).toMatchObject({
    window_start: new Date(startMs),
    window_seconds: 60,
    count: '6',
    late_count: '1',
    anomaly_count: '1',
    temperature_c_mean: expect.closeTo(115 / 6, 12),
    temperature_c_m2: expect.closeTo(2879.5 - 115 ** 2 / 6, 9),
    temperature_c_min: -3,
    temperature_c_max: 31,
    humidity_pct_m2: 0,
  });
});

test.each([5e-324, 1e-160, 1e-300])('a window takes %d, whose square no double can hold', async (tiny) => {
  const window = emptyWindow(`tiny ${tiny}`, startMs);
  addReading(window, observation('', 0, 0), { late: false, anomalous: false });
  const other = emptyWindow(`tiny ${tiny}`, startMs);
  addReading(other, observation('', 0, tiny), { late: false, anomalous: false });
  await save({ windows: [window] });
  await save({ windows: [other] });
  const [row] = await query('select temperature_c_m2 from weather_windows where location = $1', [
    `tiny ${tiny}`,
  ]);
  expect(row).toEqual({ temperature_c_m2: 0 });
});

test('the state of a series is stored and loaded to the last digit', async () => {
  const series = {
    partition: 3,
    location: '"Quoted", \\ 서울',
    progress: { newestMs: 1_704_067_201_123, unconfirmedMs: -62_135_596_799_001 },
    baseline: {
      readings: 12,
      missing: [0, 12, 1, 2],
      means: [0.1 + 0.2, -1 / 3, 5e-324, 1e22],
      variances: [Math.PI, 0, 1e-7, 2 ** 53],
    },
  };
  await save({ series: [{ ...series, progress: { ...series.progress, unconfirmedMs: null } }] });
  await save({ series: [series] });
  const loaded = await connect().transaction((tx) =>
    loadSeries(tx, [series, { partition: 4, location: series.location }]),
  );
  expect(loaded).toEqual([series]);
});

test('rows that have not changed for 90 days are deleted, whatever the dates of their readings', async () => {
  const seriesAt = (location: string) => ({
    partition: 9,
    location,
    progress: { newestMs: startMs, unconfirmedMs: null },
    baseline: newBaseline(),
  });
  for (const location of ['gone', 'kept'])
    await save({
      windows: [emptyWindow(location, startMs)],
      series: [seriesAt(location)],
      candidates: [alert(location, 0)],
    });
  const age = (days: number, location: string) =>
    query(
      `with w as (update weather_windows set last_changed = current_date - $1::int where location = $2),
            c as (update alert_cooldowns set last_needed = current_date - $1::int where location = $2)
       update watched_places set last_changed = current_date - $1::int where location = $2`,
      [days, location],
    );
  await age(91, 'gone');
  await age(90, 'kept');
  await save({});

  for (const table of ['weather_windows', 'watched_places', 'alert_cooldowns'])
    expect(await query(`select location from ${table} where location in ('gone', 'kept')`)).toEqual([
      { location: 'kept' },
    ]);
});
