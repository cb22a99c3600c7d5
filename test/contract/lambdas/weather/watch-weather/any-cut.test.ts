import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { consume } from '../../../../../lambdas/shared/exactly-once/consume.ts';
import type { Database } from '../../../../../lambdas/shared/postgres/database.ts';
import { loadSeries } from '../../../../../lambdas/weather/watch-weather/series-table.ts';
import { watchWeather } from '../../../../../lambdas/weather/watch-weather/watch-weather.ts';
import { saveOutcome } from '../../../../../lambdas/weather/watch-weather/weather-tables.ts';
import { runs } from '../../../../fixtures/runs.ts';
import {
  type ReferenceOutcome,
  type ReferenceReading,
  referenceOutcome,
} from '../../../../fixtures/weather-reference.ts';
import { testDatabase } from '../../test-database.ts';
import { asConfigured, eventOf, readOutcome } from './watched-weather.ts';

const { connect, query } = testDatabase();

const referenceRules = {
  windowSeconds: 60,
  delaySeconds: 120,
  jumpHours: 24,
  cooldownMinutes: 30,
  tempHighC: 35,
  tempLowC: -15,
  rainHeavyMm: 30,
  windStrongKmh: 80,
  alpha: 0.05,
  thresholdDeviations: 6,
  warmUpReadings: 5,
};
const { rules, settings } = asConfigured(referenceRules);

const watcher = (database: Pick<Database, 'transaction'>) =>
  consume({
    name: 'watch-weather',
    epochs: {},
    database,
    log: { info() {}, error() {} },
    apply: (partitions, tx) =>
      watchWeather(partitions, rules, {
        load: (keys) => loadSeries(tx, keys),
        save: (outcome) => saveOutcome(tx, outcome, settings),
      }),
  });

const nowMs = Date.UTC(2026, 0, 1);
const secondMs = 1000;

/** Seconds from the previous reading: mostly forward, sometimes back, over a jump, or years off. */
const stepS = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 90 }) },
  { weight: 3, arbitrary: fc.integer({ min: -400, max: 400 }) },
  { weight: 1, arbitrary: fc.integer({ min: -100_000, max: 100_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(200_000_000, -200_000_000) },
);
const readingStep = fc.record({
  location: fc.nat(2),
  stepS,
  /** From observation to receipt: years in a backfill, and negative when the sensor's clock is ahead. */
  transitMs: fc.oneof(
    { weight: 6, arbitrary: fc.constant(400_000_000_000) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 5_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -300_000, max: 0 }) },
  ),
  temperatureC: fc.oneof(
    { weight: 9, arbitrary: fc.double({ min: 18, max: 22, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(-60, -15, 36, 60, 1e-300) },
    { weight: 2, arbitrary: fc.constant(null) },
  ),
  windSpeedKmh: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 20 }) },
    { weight: 1, arbitrary: fc.constantFrom(80, 200, 5e-324, 1e-160) },
    { weight: 2, arbitrary: fc.constant(null) },
  ),
  /** Null for stations without the instrument. */
  humidityPct: fc.constantFrom(50, 50, 50, null),
});
const message = fc.oneof(
  { weight: 20, arbitrary: readingStep },
  { weight: 1, arbitrary: fc.constantFrom('no JSON', '{"Location":"x"}') },
);
type Message = ReferenceReading | string;

type Step = typeof message extends fc.Arbitrary<infer Generated> ? Generated : never;

function messagesOf(partition: number, steps: readonly Step[]): Message[] {
  const clocks = new Map<number, number>();
  return steps.map((step) => {
    if (typeof step === 'string') return step;
    const observedAtMs = (clocks.get(step.location) ?? nowMs - 400_000_000_000) + step.stepS * secondMs;
    // A wrong date affects one reading, not the readings after it.
    if (Math.abs(step.stepS) < 1_000_000) clocks.set(step.location, observedAtMs);
    return {
      location: `${partition}-${['서울', 'São "Paulo", x', 'b\\c'][step.location]}`,
      observedAtMs,
      receivedAtMs: observedAtMs + step.transitMs,
      temperatureC: step.temperatureC,
      humidityPct: step.humidityPct,
      precipitationMm: 0,
      windSpeedKmh: step.windSpeedKmh,
    };
  });
}

/**
 * How a batch is cut: its first offset goes back by `again`, as after a lost commit; some batches fail before
 * they commit.
 */
const cut = fc.record({ take: fc.integer({ min: 1, max: 40 }), again: fc.nat(12), fails: fc.boolean() });

async function deliver(
  database: Database,
  partitions: Message[][],
  cuts: readonly { take: number; again: number; fails: boolean }[],
) {
  const handle = watcher(database);
  const failing = watcher({
    transaction: (work) =>
      database.transaction(async (tx) => {
        await work(tx);
        throw new Error('the connection broke before the commit');
      }),
  });
  const next = partitions.map(() => 0);
  for (
    let turn = 0;
    next.some((offset, partition) => offset < (partitions[partition]?.length ?? 0));
    turn++
  ) {
    const partition = turn % partitions.length;
    const { take, again, fails } = cuts[turn % cuts.length] ?? { take: 10, again: 0, fails: false };
    const from = Math.max(0, (next[partition] ?? 0) - again);
    const to = (next[partition] ?? 0) + take;
    const messages = (partitions[partition] ?? []).slice(from, to);
    if (messages.length === 0) continue;
    const event = eventOf(partition, from, messages);
    if (fails) await expect(failing(event)).rejects.toThrow('before the commit');
    await handle(event);
    next[partition] = from + messages.length;
  }
}

const near = (value: number | null, digits: number) =>
  value === null ? null : expect.closeTo(value, digits);

/** The last digits of a sum of doubles depend on its order, so nine digits of the statistics are compared. */
const rounded = ({ windows, alerts, counts }: ReferenceOutcome) => ({
  windows: windows.map((window) =>
    Object.fromEntries(
      Object.entries(window).map(([name, value]) => [
        name,
        typeof value === 'object' ? { ...value, mean: near(value.mean, 9), m2: near(value.m2, 7) } : value,
      ]),
    ),
  ),
  alerts,
  counts: [...counts].sort(([a], [b]) => a - b),
});

test('windows, alerts and counters equal the reference, however records are cut, repeated and retried', async () => {
  const database = connect();
  let anomalies = 0;
  let late = 0;
  let future = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(message, { minLength: 40, maxLength: 150 }), { minLength: 1, maxLength: 2 }),
      fc.array(cut, { minLength: 1, maxLength: 8 }),
      async (steps, cuts) => {
        await query(`truncate weather_windows, watched_places, metric_counters, weather_alerts, alert_cooldowns,
                              latest_observations, applied_offsets`);
        const partitions = steps.map((each, partition) => messagesOf(partition, each));
        await deliver(database, partitions, cuts);

        const valid = partitions.map((messages, partition): [number, ReferenceReading[]] => [
          partition,
          messages.filter((each) => typeof each !== 'string'),
        ]);
        const expected = referenceOutcome(new Map(valid), referenceRules);
        const found = await readOutcome(query);
        expect({ ...found, counts: [...found.counts] }).toEqual(rounded(expected));
        for (const counts of expected.counts.values()) {
          anomalies += counts.anomalies;
          late += counts.late;
          future += counts.future;
        }
      },
    ),
    runs({ all: 25, few: 8 }),
  );
  // Otherwise the comparison would have been of trivial histories.
  expect(Math.min(anomalies, late, future)).toBeGreaterThan(5);
}, 240_000);
