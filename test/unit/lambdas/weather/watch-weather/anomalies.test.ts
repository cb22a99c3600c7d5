import { describe, expect, test } from '@jest/globals';
import { tokenizeCsv } from '../../../../../lambdas/shared/incoming/csv.ts';
import { type Observation, observationFromRow } from '../../../../../lambdas/shared/wire/observation.ts';
import { judgeAndLearn, newBaseline } from '../../../../../lambdas/weather/watch-weather/anomalies.ts';
import { stages } from '../../../../../lib/config.ts';
import { climates } from '../../../../../localstack/generator/climates.ts';
import { synthesise } from '../../../../../localstack/generator/rows.ts';
import { makeSample } from '../../../../../localstack/generator/sample.ts';
import { observationWith } from '../../../../fixtures/observations.ts';

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

/** A baseline that has seen this temperature, give or take a degree, often enough. */
function settled(temperatureC = 20) {
  const baseline = newBaseline();
  for (const wobble of times(200, (index) => Math.sin(index)))
    judgeAndLearn(baseline, { ...mild, temperatureC: temperatureC + wobble }, rules);
  return baseline;
}

const judge = (baseline: ReturnType<typeof newBaseline>, weather: Partial<Observation>) =>
  judgeAndLearn(baseline, { ...mild, ...weather }, rules);

test('a reading is judged by those before it', () => {
  expect(judge(settled(), { temperatureC: 23 })).toBeUndefined();
  expect(judge(settled(), { temperatureC: 40 })).toMatchObject({
    measure: { what: 'Temperature' },
    value: 40,
    expected: expect.closeTo(20, 0),
    limit: expect.closeTo(26, 0),
    deviations: expect.closeTo(20, 0),
  });
  expect(judge(settled(), { temperatureC: 0 })?.deviations).toBeLessThan(-10);
});

test('the strangest measure is named', () => {
  expect(judge(settled(), { temperatureC: 30, windSpeedKmh: 999 })?.measure.what).toBe('Wind');
  expect(judge(settled(), { temperatureC: 90, windSpeedKmh: 500 })?.measure.what).toBe('Temperature');
});

test('nothing is judged until enough was learned', () => {
  const baseline = newBaseline();
  for (const reading of times(warmUpReadings, (index) => ({ temperatureC: index % 2 === 0 ? -90 : 90 })))
    expect(judge(baseline, reading)).toBeUndefined();
  expect(baseline.readings).toBe(warmUpReadings);
});

test('a series that was constant may change by a little', () => {
  const baseline = newBaseline();
  for (const _ of times(1_000, () => 0)) judge(baseline, {});
  expect(
    judge(baseline, { temperatureC: 22, humidityPct: 55, precipitationMm: 1, windSpeedKmh: 14 }),
  ).toBeUndefined();
  expect(judge(baseline, { temperatureC: 28 })).toBeDefined();
});

test('an outlier does not become normal: the next one like it is strange too, and normal weather is not', () => {
  const baseline = settled();
  judge(baseline, { temperatureC: 95 });
  expect(judge(baseline, { temperatureC: 20 })).toBeUndefined();
  expect(judge(baseline, { temperatureC: 95 })).toBeDefined();
});

test('a lasting change of level becomes normal within thirty readings', () => {
  const baseline = settled();
  const strange = times(60, () => judge(baseline, { temperatureC: 45 }) !== undefined);
  expect(strange[0]).toBe(true);
  expect(strange.lastIndexOf(true)).toBeLessThan(30);
});

/** How many readings of a series of places are strange, of how many that were judged. */
function watchAll(observations: Iterable<Observation>) {
  const baselines = new Map<string, ReturnType<typeof newBaseline>>();
  let [judged, strange] = [0, 0];
  for (const observation of observations) {
    const baseline = baselines.get(observation.location) ?? newBaseline();
    baselines.set(observation.location, baseline);
    if (baseline.readings >= warmUpReadings) judged++;
    if (judgeAndLearn(baseline, observation, rules)) strange++;
  }
  return { judged, strange };
}

const synthesised = (rowIntervalS: number, count = 10_000) =>
  times(count, (index) =>
    synthesise(index, { seed: 7, startMs: Date.UTC(2024, 2, 1), rowIntervalMs: rowIntervalS * 1000 }),
  );

describe('false alarms', () => {
  test.each([1, 60, 900, 3600])(
    'are at most one in a thousand in synthesised weather with rows %d s apart',
    (rowIntervalS) => {
      const { judged, strange } = watchAll(synthesised(rowIntervalS));
      expect(judged).toBeGreaterThan(9_000);
      expect(strange / judged).toBeLessThanOrEqual(1 / 1_000);
    },
  );

  test('are none in the bundled sample', async () => {
    const { files } = await makeSample();
    for (const { content } of files) {
      const tokenizer = tokenizeCsv();
      const [, ...rows] = [...tokenizer.push(content), ...tokenizer.end()];
      expect(watchAll(rows.flatMap(({ cells }) => readable(cells))).strange).toBe(0);
    }
  });
});

describe('of faults put into synthesised weather, minutes apart,', () => {
  const weather = synthesised(15);
  const faults: [string, Partial<Observation>, number][] = [
    ['a temperature stuck at -100', { temperatureC: -100 }, 1],
    ['a temperature in Fahrenheit', { temperatureC: 82 }, 1],
    ['a humidity of none', { humidityPct: 0 }, 0.5],
    ['a wind in the wrong unit', { windSpeedKmh: 400 }, 1],
    ['a cloudburst of a day in a minute', { precipitationMm: 300 }, 0.9],
  ];
  test.each(faults)('%s is found', (_, fault, share) => {
    const baselines = climates.map(newBaseline);
    let [injected, found] = [0, 0];
    weather.forEach((observation, index) => {
      const baseline = baselines[index % climates.length] ?? newBaseline();
      const isFault = index > 5_000 && index % 101 === 0;
      const anomaly = judgeAndLearn(baseline, isFault ? { ...observation, ...fault } : observation, rules);
      if (isFault) injected++;
      if (isFault && anomaly) found++;
    });
    expect(injected).toBe(50);
    expect(found / injected).toBeGreaterThanOrEqual(share);
  });
});

function readable(cells: readonly string[]): Observation[] {
  try {
    return [observationFromRow(cells)];
  } catch {
    return [];
  }
}
