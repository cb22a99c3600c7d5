import type { KafkaMessage } from 'kafkajs';
import { counters } from '../../../lambdas/shared/metrics/metrics.ts';
import { observationFromWire } from '../../../lambdas/shared/wire/observation.ts';
import { stages } from '../../../lib/config.ts';
import { failuresAt } from '../../../localstack/chaos/failing-records.ts';
import {
  type ReferenceOutcome,
  type ReferenceReading,
  type ReferenceRules,
  referenceOutcome,
} from '../../fixtures/weather-reference.ts';
import { type DeadLetters, placeOf } from './dead-letters.ts';

/** What watch-weather should have made of the records, as identities; a window's numbers are part of its identity. */
export interface Watched {
  readonly windows: readonly string[];
  readonly alerts: readonly string[];
  readonly counters: readonly string[];
  /** `<object key>@<ETag>:<line>` of the rows that took effect. One whose retry did not come back is not among them. */
  readonly watched: readonly string[];
  /** The same of the rows that fail however often they are tried. */
  readonly givenUp: readonly string[];
  /** Those of them that were redriven before: their errors name no row any more. */
  readonly givenUpRedriven: readonly string[];
}

const consumer = 'watch-weather';

const { alerts, windows, anomalies } = stages.local;

const rules: ReferenceRules = {
  ...alerts,
  ...anomalies,
  windowSeconds: windows.seconds,
  delaySeconds: windows.watermarkDelaySeconds,
  jumpHours: windows.jumpHours,
};

/**
 * One record after the other, each row of a file once, by a reference that shares no code with the function but what decides
 * which records fail, for how long, at this rate.
 */
export function watchAll(
  partitions: ReadonlyMap<number, readonly KafkaMessage[]>,
  chaosRate: number,
  letters: DeadLetters,
): Watched {
  const readings = new Map<number, ReferenceReading[]>();
  const watched: string[] = [];
  const givenUp: string[] = [];
  const givenUpRedriven: string[] = [];
  for (const [partition, records] of partitions) {
    const passed = passing(partition, records, chaosRate, letters);
    readings.set(partition, passed.readings);
    for (const row of passed.watched) watched.push(row);
    for (const row of passed.givenUp) givenUp.push(row);
    for (const row of passed.givenUpRedriven) givenUpRedriven.push(row);
  }
  const outcome = referenceOutcome(readings, rules);
  return {
    windows: outcome.windows.map(windowId),
    alerts: outcome.alerts.map(({ type, location, eventTimeMs }) => alertId(type, location, eventTimeMs)),
    counters: [...outcome.counts].flatMap(([partition, counts]) => countersOf(partition, counts)),
    watched,
    givenUp,
    givenUpRedriven,
  };
}

/** The records of a partition that take effect, each where it does: one that was retried or redriven where it came back and succeeded. */
function passing(
  partition: number,
  records: readonly KafkaMessage[],
  chaosRate: number,
  letters: DeadLetters,
) {
  const seen = new Set<string>();
  const awaited = new Map<string, { attempt: number; row: string }>();
  const readings: ReferenceReading[] = [];
  const watched: string[] = [];
  // By where a record was first tried, since Lambda may give up a retry of it.
  const givenUp = new Map<string, string>();
  const givenUpRedriven = new Map<string, string>();
  for (const { offset, headers = {}, value, timestamp } of records) {
    if (String(headers['retry-for'] ?? consumer) !== consumer) continue;
    const place = placeOf(partition, offset);
    const attempt = Number(headers.attempt ?? 0);
    const first = attempt > 0 ? String(headers.origin) : place;
    const redriven = attempt === 0 && headers.origin !== undefined;
    const row = redriven ? letters.rowAt(place) : `${headers.source}:${headers.row}`;
    const known = attempt > 0 ? awaited.get(first)?.row : row;
    const identity = redriven ? String(headers.origin) : known;
    if (known === undefined || identity === undefined) continue;
    if (attempt > 0 ? awaited.get(first)?.attempt !== attempt : seen.has(identity)) continue;
    seen.add(identity);
    awaited.delete(first);
    if (letters.isGivenUp(consumer, place)) {
      givenUp.delete(first);
      givenUpRedriven.delete(first);
      continue;
    }
    const failures = failuresAt(first, chaosRate);
    if (attempt < failures) awaited.set(first, { attempt: attempt + 1, row: known });
    else {
      readings.push({ ...observationFromWire(JSON.parse(String(value))), receivedAtMs: Number(timestamp) });
      watched.push(known);
    }
    if (attempt === 0 && failures === Number.POSITIVE_INFINITY)
      (redriven ? givenUpRedriven : givenUp).set(first, known);
  }
  return { readings, watched, givenUp: givenUp.values(), givenUpRedriven: givenUpRedriven.values() };
}

type ReferenceWindow = ReferenceOutcome['windows'][number];

/** Sums in another order end in other last digits, so of the statistics the exact ones stand in the identity. */
const windowId = (window: ReferenceWindow): string =>
  [
    window.location,
    timestamp(window.windowStartMs),
    ...[window.count, window.lateCount, window.anomalyCount],
    ...[window.temperatureC, window.humidityPct, window.precipitationMm, window.windSpeedKmh].flatMap(
      ({ min, max }) => [min, max],
    ),
  ].join(' ');

const alertId = (type: string, location: string, eventTimeMs: number): string =>
  `${type} ${location} ${timestamp(eventTimeMs)}`;

const timestamp = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

function countersOf(
  partition: number,
  counts: { observations: number; late: number; future: number; anomalies: number },
): string[] {
  return [
    [counters.weatherObservations, counts.observations] as const,
    [counters.weatherLateObservations, counts.late] as const,
    [counters.weatherFutureObservations, counts.future] as const,
    [counters.weatherAnomalies, counts.anomalies] as const,
  ]
    .filter(([, count]) => count > 0)
    .map(([{ name }, count]) => counterId(name, partition, count));
}

const counterId = (name: string, partition: number | string, value: number | string): string =>
  `${name}{partition="${partition}"} ${value}`;
