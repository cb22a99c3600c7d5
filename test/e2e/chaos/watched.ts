import type { KafkaMessage } from 'kafkajs';
import { counters } from '../../../lambdas/shared/metrics.ts';
import { observationFromWire } from '../../../lambdas/shared/observation.ts';
import { stages } from '../../../lib/config.ts';
import {
  type ReferenceOutcome,
  type ReferenceReading,
  type ReferenceRules,
  referenceOutcome,
} from '../../fixtures/weather-reference.ts';

/** What watch-weather should have made of the records, as identities; a window's numbers are part of its identity. */
export interface Watched {
  readonly windows: readonly string[];
  readonly alerts: readonly string[];
  readonly counters: readonly string[];
}

const { alerts, windows, anomalies } = stages.local;

const rules: ReferenceRules = {
  ...alerts,
  ...anomalies,
  windowSeconds: windows.seconds,
  delaySeconds: windows.watermarkDelaySeconds,
  jumpHours: windows.jumpHours,
};

/** One record after the other, each row of a file once, by a reference that shares no code with the function. */
export function watchAll(partitions: ReadonlyMap<number, readonly KafkaMessage[]>): Watched {
  const readings = new Map([...partitions].map(([partition, records]) => [partition, readingsOf(records)]));
  const outcome = referenceOutcome(readings, rules);
  return {
    windows: outcome.windows.map(windowId),
    alerts: outcome.alerts.map(({ type, location, eventTimeMs }) => alertId(type, location, eventTimeMs)),
    counters: [...outcome.counts].flatMap(([partition, counts]) => countersOf(partition, counts)),
  };
}

function readingsOf(records: readonly KafkaMessage[]): ReferenceReading[] {
  const seen = new Set<string>();
  return records.flatMap(({ headers, value, timestamp }) => {
    const row = `${headers?.source}:${headers?.row}`;
    if (seen.has(row)) return [];
    seen.add(row);
    const observation = observationFromWire(JSON.parse(String(value)));
    return [{ ...observation, receivedAtMs: Number(timestamp) }];
  });
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
