import { expect, test } from '@jest/globals';
import type { FreshRecords } from '../../../../../lambdas/shared/exactly-once/exactly-once.ts';
import { plausible } from '../../../../../lambdas/shared/wire/limits.ts';
import { type Observation, observationFromWire } from '../../../../../lambdas/shared/wire/observation.ts';
import type { Outcome, Series, SeriesKey } from '../../../../../lambdas/weather/watch-weather/outcome.ts';
import { type WatchRules, watchWeather } from '../../../../../lambdas/weather/watch-weather/watch-weather.ts';
import { kafkaRecordWith } from '../../../../fixtures/kafka-events.ts';
import { judging } from '../../../../fixtures/observations.ts';

const rules: WatchRules = {
  limits: plausible,
  thresholds: { tempHighC: 35, tempLowC: -15, rainHeavyMm: 30, windStrongKmh: 80 },
  watermark: { windowMs: 60_000, delayMs: 120_000, jumpMs: 86_400_000 },
  anomalies: { alpha: 0.05, threshold: 6, warmUpReadings: 3 },
};

const reading = (Location: string, time: string, Temperature_C = 20) => ({
  Location,
  Date_Time: `2024-07-01 ${time}`,
  Temperature_C,
  Humidity_pct: 50,
  Precipitation_mm: 0,
  Wind_Speed_kmh: 10,
});

const partitionOf = (partition: number, values: readonly unknown[]): FreshRecords => ({
  topic: 'weather-data',
  partition,
  records: values.map((value, offset) =>
    kafkaRecordWith({ partition, offset, timestampMs: Date.UTC(2024, 6, 2), key: null, text: '', value }),
  ),
});

/** Tables in memory: they store the series, and keep every outcome. */
function tables() {
  const stored = new Map<string, Series>();
  const outcomes: Outcome[] = [];
  const keyOf = ({ partition, location }: SeriesKey) => `${partition} ${location}`;
  return {
    outcomes,
    ports: {
      load: async (keys: readonly SeriesKey[]) =>
        keys.flatMap((key) => structuredClone(stored.get(keyOf(key))) ?? []),
      save: async (outcome: Outcome) => {
        outcomes.push(outcome);
        for (const series of outcome.series) stored.set(keyOf(series), series);
        return outcome.candidates.length;
      },
    },
  };
}

test('a batch becomes windows, counts, newest observations, alerts and the state of its series', async () => {
  const { outcomes, ports } = tables();
  const hot = reading('Seoul', '00:05:00', 36);
  const summary = await watchWeather(
    [
      partitionOf(1, [
        reading('Seoul', '00:00:10'),
        reading('Busan', '00:00:20'),
        hot,
        { Location: 'Seoul' },
        reading('Seoul', '00:00:50', 22),
      ]),
      partitionOf(2, [reading('Jeju', '00:00:00')]),
    ],
    rules,
    ports,
  );

  expect(summary).toEqual({ observations: 5, late: 1, anomalies: 0, alerts: 1 });
  const [{ windows, latest, counts, candidates, series }] = outcomes as [Outcome];
  expect(windows).toMatchObject([
    {
      location: 'Seoul',
      startMs: Date.UTC(2024, 6, 1),
      count: 2,
      lateCount: 1,
      moments: [{ mean: 21, m2: 2 }, {}, {}, {}],
    },
    { location: 'Seoul', startMs: Date.UTC(2024, 6, 1, 0, 5), count: 1, lateCount: 0 },
    { location: 'Busan', count: 1 },
    { location: 'Jeju', count: 1 },
  ]);
  expect(latest).toContainEqual(observationFromWire(hot, judging));
  expect(latest).toHaveLength(3);
  expect([...counts]).toMatchObject([
    [1, { observations: 4, late: 1 }],
    [2, { observations: 1, late: 0 }],
  ]);
  expect(candidates.map(({ type }) => type)).toEqual(['TEMP_HIGH']);
  expect(series).toHaveLength(3);
});

test('a location on two partitions has one window, and a watermark on each partition', async () => {
  const { outcomes, ports } = tables();
  await watchWeather(
    [
      partitionOf(1, [reading('Seoul', '12:00:00')]),
      partitionOf(2, [reading('Seoul', '12:00:30'), reading('Seoul', '01:00:00')]),
    ],
    rules,
    ports,
  );
  const [{ windows, series, counts, latest }] = outcomes as [Outcome];
  expect(windows.map(({ count, lateCount }) => [count, lateCount])).toEqual([
    [2, 0],
    [1, 1],
  ]);
  expect(series).toHaveLength(2);
  expect(latest).toHaveLength(1);
  expect(counts.get(1)?.late).toBe(0);
});

test('an anomaly raises an alert; a late reading is neither scored nor learned from', async () => {
  const { outcomes, ports } = tables();
  const steady = ['00:00', '01:00', '02:00', '03:00', '04:00'].map((time) => reading('Seoul', `00:${time}`));
  await watchWeather([partitionOf(1, steady)], rules, ports);
  await watchWeather([partitionOf(1, [reading('Seoul', '00:00:01', 30)])], rules, ports);
  await watchWeather([partitionOf(1, [reading('Seoul', '00:05:00', 30)])], rules, ports);

  const [before, late, found] = outcomes as [Outcome, Outcome, Outcome];
  expect(late.candidates).toEqual([]);
  expect(late.series[0]?.baseline).toEqual(before.series[0]?.baseline);
  expect(found.candidates).toMatchObject([
    {
      type: 'ANOMALY',
      reason: 'Temperature 30 °C, 10.0 standard deviations above the 20 °C expected',
      value: 30,
      threshold: 26,
      observation: { location: 'Seoul' } satisfies Partial<Observation>,
    },
  ]);
  expect(found.windows).toMatchObject([{ anomalyCount: 1 }]);
});

test('a confirmed jump in time restarts the baseline', async () => {
  const { outcomes, ports } = tables();
  const steady = ['00:00', '01:00', '02:00', '03:00'].map((time) => reading('Seoul', `00:${time}`));
  const winter = ['02', '03', '04', '05', '06'].map((day) => ({
    ...reading('Seoul', '00:00:00', -10),
    Date_Time: `2024-01-${day} 00:00:00`,
  }));
  const summer = steady.map((row) => ({ ...row, Temperature_C: 30 }));
  await watchWeather([partitionOf(1, [...winter, ...summer])], rules, ports);
  expect(outcomes[0]?.candidates).toEqual([]);
  expect(outcomes[0]?.series[0]?.baseline.readings).toBe(3);
});

test('a batch without a valid record changes nothing', async () => {
  const { outcomes, ports } = tables();
  const summary = await watchWeather([partitionOf(1, [{}, null, undefined])], rules, ports);
  expect(summary).toEqual({ observations: 0, late: 0, anomalies: 0, alerts: 0 });
  expect(outcomes).toEqual([]);
});
