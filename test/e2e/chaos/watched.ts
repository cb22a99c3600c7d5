import type { KafkaMessage } from 'kafkajs';
import { counters } from '../../../lambdas/shared/metrics/metrics.ts';
import { observationFromWire } from '../../../lambdas/shared/wire/observation.ts';
import { stages } from '../../../lib/config.ts';
import { failuresAt } from '../../../localstack/chaos/failing-records.ts';
import { judging } from '../../fixtures/observations.ts';
import {
  type ReferenceOutcome,
  type ReferenceReading,
  type ReferenceRules,
  referenceOutcome,
} from '../../fixtures/weather-reference.ts';
import { type DeadLetters, originOf } from './dead-letters.ts';

/** Expected results of watch-weather, as identities. A window's numbers are part of its identity. */
export interface Watched {
  readonly windows: readonly string[];
  readonly alerts: readonly string[];
  readonly counters: readonly string[];
  /** `<source>:<line>` of the applied rows. A row whose retry was never redelivered is missing. */
  readonly watched: readonly string[];
  /** The rows that fail at every attempt. */
  readonly exhausted: readonly string[];
  /** Redriven rows that fail at every attempt. Their error rows have no source row. */
  readonly exhaustedRedriven: readonly string[];
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
 * A single-threaded reference: applies each row of a file once. It shares no code with the function, except
 * the rule that decides which records fail, and how often, at this rate.
 */
export function watchAll(
  partitions: ReadonlyMap<number, readonly KafkaMessage[]>,
  chaosRate: number,
  deadLetters: DeadLetters,
): Watched {
  const readings = new Map<number, ReferenceReading[]>();
  const watched: string[] = [];
  const exhausted: string[] = [];
  const exhaustedRedriven: string[] = [];
  for (const [partition, records] of partitions) {
    const applied = applyPartition(partition, records, chaosRate, deadLetters);
    readings.set(partition, applied.readings);
    for (const row of applied.watched) watched.push(row);
    for (const row of applied.exhausted) exhausted.push(row);
    for (const row of applied.exhaustedRedriven) exhaustedRedriven.push(row);
  }
  const outcome = referenceOutcome(readings, rules);
  return {
    windows: outcome.windows.map(windowId),
    alerts: outcome.alerts.map(({ type, location, eventTimeMs }) => alertId(type, location, eventTimeMs)),
    counters: [...outcome.counts].flatMap(([partition, counts]) => countersOf(partition, counts)),
    watched,
    exhausted,
    exhaustedRedriven,
  };
}

/** Applies the records of a partition in order. A retried or redriven record counts where it succeeds. */
function applyPartition(
  partition: number,
  records: readonly KafkaMessage[],
  chaosRate: number,
  deadLetters: DeadLetters,
) {
  const seen = new Set<string>();
  const awaited = new Map<string, { attempt: number; row: string }>();
  const readings: ReferenceReading[] = [];
  const watched: string[] = [];
  // Keyed by the origin of the first attempt, since Lambda may discard a later attempt.
  const exhausted = new Map<string, string>();
  const exhaustedRedriven = new Map<string, string>();
  const lastCopies = new Map(records.map((record) => [copyOf(record), record.offset]));
  for (const record of records) {
    const { offset, headers = {}, value, timestamp } = record;
    if (String(headers['retry-for'] ?? consumer) !== consumer) continue;
    const origin = originOf(partition, offset);
    const attempt = Number(headers.attempt ?? 0);
    const first = attempt > 0 ? String(headers.origin) : origin;
    const redriven = attempt === 0 && headers.origin !== undefined;
    const row = redriven ? deadLetters.rowAt(origin) : `${headers.source}:${headers.row}`;
    const known = attempt > 0 ? awaited.get(first)?.row : row;
    const identity = redriven ? String(headers.origin) : known;
    if (known === undefined || identity === undefined) continue;
    if (attempt > 0 ? awaited.get(first)?.attempt !== attempt : seen.has(identity)) continue;
    // A producer without an answer sends again: then the copy behind the discarded batch was applied.
    if (deadLetters.isDropped(consumer, origin) && lastCopies.get(copyOf(record)) !== offset) continue;
    seen.add(identity);
    awaited.delete(first);
    if (deadLetters.isDiscarded(consumer, origin)) {
      exhausted.delete(first);
      exhaustedRedriven.delete(first);
      continue;
    }
    const failures = failuresAt(first, chaosRate);
    if (attempt < failures) awaited.set(first, { attempt: attempt + 1, row: known });
    else {
      readings.push({
        ...observationFromWire(JSON.parse(String(value)), judging),
        receivedAtMs: Number(timestamp),
      });
      watched.push(known);
    }
    if (attempt === 0 && failures === Number.POSITIVE_INFINITY)
      (redriven ? exhaustedRedriven : exhausted).set(first, known);
  }
  return { readings, watched, exhausted: exhausted.values(), exhaustedRedriven: exhaustedRedriven.values() };
}

/** What the copies of a record share that its producer sent again. */
const copyOf = ({ headers = {} }: KafkaMessage): string =>
  ['source', 'row', 'origin', 'attempt', 'retry-for'].map((name) => String(headers[name])).join(' ');

type ReferenceWindow = ReferenceOutcome['windows'][number];

/** Includes exact statistics only: the last digits of a sum depend on the order of its terms. */
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
  const inOrder = [counts.observations, counts.late, counts.future, counts.anomalies];
  return watchCounters
    .map((name, place) => [name, inOrder[place] ?? 0] as const)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => counterId(name, partition, count));
}

/** The counters that watch-weather keeps for each partition. */
export const watchCounters = [
  counters.weatherObservations,
  counters.weatherLateObservations,
  counters.weatherFutureObservations,
  counters.weatherAnomalies,
].map(({ name }) => name);

export const counterId = (name: string, partition: number | string, value: number | string): string =>
  `${name}{partition="${partition}"} ${value}`;
