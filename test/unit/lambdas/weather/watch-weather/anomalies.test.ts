import { expect, test } from '@jest/globals';
import { tokenizeCsv } from '../../../../../lambdas/shared/incoming/csv.ts';
import { type Observation, observationFromRow } from '../../../../../lambdas/shared/wire/observation.ts';
import {
  newBaseline,
  restart,
  scoreAndLearn,
} from '../../../../../lambdas/weather/watch-weather/anomalies.ts';
import { stages } from '../../../../../lib/config.ts';
import { climates } from '../../../../../localstack/generator/climates.ts';
import { synthesise } from '../../../../../localstack/generator/rows.ts';
import { makeSample } from '../../../../../localstack/generator/sample.ts';
import { judging, observationWith } from '../../../../fixtures/observations.ts';

const { alpha, thresholdDeviations: threshold, warmUpReadings } = stages.prod.anomalies;
const rules = { alpha, threshold, warmUpReadings };

const mild: Observation = observationWith({
  observedAtMs: 0,
  temperatureC: 20,
  humidityPct: 50,
  windSpeedKmh: 10,
});

const times = <T>(count: number, of: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => of(index));

/** A warm baseline of readings within a degree of this temperature. */
function warmBaseline(temperatureC = 20) {
  const baseline = newBaseline();
  for (const wobble of times(200, (index) => Math.sin(index)))
    scoreAndLearn(baseline, { ...mild, temperatureC: temperatureC + wobble }, rules);
  return baseline;
}

const score = (baseline: ReturnType<typeof newBaseline>, weather: Partial<Observation>) =>
  scoreAndLearn(baseline, { ...mild, ...weather }, rules);

test('a reading is scored against the readings before it', () => {
  expect(score(warmBaseline(), { temperatureC: 23 })).toBeUndefined();
  expect(score(warmBaseline(), { temperatureC: 40 })).toMatchObject({
    measure: { label: 'Temperature' },
    value: 40,
    expected: expect.closeTo(20, 0),
    limit: expect.closeTo(26, 0),
    deviations: expect.closeTo(20, 0),
  });
  expect(score(warmBaseline(), { temperatureC: 0 })?.deviations).toBeLessThan(-10);
});

test('the anomaly names the measure that is furthest out', () => {
  expect(score(warmBaseline(), { temperatureC: 30, windSpeedKmh: 999 })?.measure.label).toBe('Wind');
  expect(score(warmBaseline(), { temperatureC: 90, windSpeedKmh: 500 })?.measure.label).toBe('Temperature');
});

test('no reading is scored during the warm-up', () => {
  const baseline = newBaseline();
  for (const reading of times(warmUpReadings, (index) => ({ temperatureC: index % 2 === 0 ? -90 : 90 })))
    expect(score(baseline, reading)).toBeUndefined();
  expect(baseline.readings).toBe(warmUpReadings);
});

test('a measure is scored after a warm-up of its own values, and a missing value is neither scored nor learned', () => {
  const baseline = newBaseline();
  for (const _ of times(200, () => 0)) expect(score(baseline, { humidityPct: null })).toBeUndefined();
  const extreme = { humidityPct: 0 };
  for (const _ of times(warmUpReadings, () => 0)) score(baseline, { humidityPct: 90 });
  expect(score(structuredClone(baseline), extreme)).toMatchObject({
    measure: { label: 'Humidity' },
    expected: expect.closeTo(90, 9),
  });
  const learned = structuredClone(baseline);
  score(baseline, { humidityPct: null });
  expect(baseline.means[1]).toBe(learned.means[1]);
  expect(score(baseline, extreme)).toMatchObject({ expected: expect.closeTo(90, 9) });

  restart(baseline);
  for (const _ of times(warmUpReadings, () => 0)) score(baseline, { humidityPct: null });
  expect(score(baseline, extreme)).toBeUndefined();
});

test('a small change in a constant series is no anomaly', () => {
  const baseline = newBaseline();
  for (const _ of times(1_000, () => 0)) score(baseline, {});
  expect(
    score(baseline, { temperatureC: 22, humidityPct: 55, precipitationMm: 1, windSpeedKmh: 14 }),
  ).toBeUndefined();
  expect(score(baseline, { temperatureC: 28 })).toBeDefined();
});

test('an outlier does not become normal: the next one is an anomaly too, and normal weather is not', () => {
  const baseline = warmBaseline();
  score(baseline, { temperatureC: 95 });
  expect(score(baseline, { temperatureC: 20 })).toBeUndefined();
  expect(score(baseline, { temperatureC: 95 })).toBeDefined();
});

test('a lasting change of level becomes normal within thirty readings', () => {
  const baseline = warmBaseline();
  const anomalous = times(60, () => score(baseline, { temperatureC: 45 }) !== undefined);
  expect(anomalous[0]).toBe(true);
  expect(anomalous.lastIndexOf(true)).toBeLessThan(30);
});

/** Counts the scored readings and the anomalies, with a baseline per location. */
function scoreAll(observations: Iterable<Observation>) {
  const baselines = new Map<string, ReturnType<typeof newBaseline>>();
  let [scored, anomalies] = [0, 0];
  for (const observation of observations) {
    const baseline = baselines.get(observation.location) ?? newBaseline();
    baselines.set(observation.location, baseline);
    if (baseline.readings >= warmUpReadings) scored++;
    if (scoreAndLearn(baseline, observation, rules)) anomalies++;
  }
  return { scored, anomalies };
}

const synthesised = (rowIntervalS: number, count = 10_000) =>
  times(count, (index) =>
    synthesise(index, { seed: 7, startMs: Date.UTC(2024, 2, 1), rowIntervalMs: rowIntervalS * 1000 }),
  );

test.each([1, 60, 900, 3600])(
  'at most one in a thousand readings of synthesised weather, %d s apart, is a false alarm',
  (rowIntervalS) => {
    const { scored, anomalies } = scoreAll(synthesised(rowIntervalS));
    expect(scored).toBeGreaterThan(9_000);
    expect(anomalies / scored).toBeLessThanOrEqual(1 / 1_000);
  },
);

test('the bundled sample raises no false alarm', async () => {
  const { files } = await makeSample();
  for (const { content } of files) {
    const tokenizer = tokenizeCsv();
    const [, ...rows] = [...tokenizer.push(content), ...tokenizer.end()];
    expect(scoreAll(rows.flatMap(({ cells }) => readable(cells))).anomalies).toBe(0);
  }
});

const weather = synthesised(15);
const faults: [string, Partial<Observation>, number][] = [
  ['a temperature stuck at -100', { temperatureC: -100 }, 1],
  ['a temperature in Fahrenheit', { temperatureC: 82 }, 1],
  ['a humidity of 0', { humidityPct: 0 }, 0.5],
  ['a wind in the wrong unit', { windSpeedKmh: 400 }, 1],
  ['300 mm of rain', { precipitationMm: 300 }, 0.9],
];
test.each(faults)('%s, injected into synthesised weather, is found often enough', (_, fault, share) => {
  const baselines = climates.map(newBaseline);
  let [injected, found] = [0, 0];
  weather.forEach((observation, index) => {
    const baseline = baselines[index % climates.length] ?? newBaseline();
    const isFault = index > 5_000 && index % 101 === 0;
    const anomaly = scoreAndLearn(baseline, isFault ? { ...observation, ...fault } : observation, rules);
    if (isFault) injected++;
    if (isFault && anomaly) found++;
  });
  expect(injected).toBe(50);
  expect(found / injected).toBeGreaterThanOrEqual(share);
});

function readable(cells: readonly string[]): Observation[] {
  try {
    return [observationFromRow(cells, judging)];
  } catch {
    return [];
  }
}
