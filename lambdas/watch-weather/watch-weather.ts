import type { FreshRecords } from '../shared/exactly-once.ts';
import { BadRecord } from '../shared/failures.ts';
import type { KafkaRecord } from '../shared/kafka-event.ts';
import { type Observation, observationFromWire } from '../shared/observation.ts';
import { type Alert, findAlerts, type Thresholds } from './alerts.ts';

export interface Ports {
  /** Raises those alerts that are not within the cooldown of the one before, and returns how many. */
  readonly raiseAlerts: (candidates: readonly Alert[]) => Promise<number>;
  /** Keeps the newest observation of each location. */
  readonly keepLatest: (observations: readonly Observation[]) => Promise<void>;
}

/**
 * Watches the valid records. Others are none of its business: land-observations reports them. A location's records lie on
 * one partition, so their order, and with it what is alerted, is the same on every retry.
 */
export async function watchWeather(
  partitions: readonly FreshRecords[],
  thresholds: Thresholds,
  { raiseAlerts, keepLatest }: Ports,
) {
  const observations = partitions.flatMap(({ records }) => records.flatMap(validObservation));
  const candidates = observations.flatMap((observation) => findAlerts(observation, thresholds));
  const alerts = candidates.length > 0 ? await raiseAlerts(candidates) : 0;
  if (observations.length > 0) await keepLatest(newestPerLocation(observations));
  return { observations: observations.length, alerts };
}

function validObservation({ value }: KafkaRecord): Observation[] {
  try {
    return [observationFromWire(value)];
  } catch (error) {
    if (error instanceof BadRecord) return [];
    throw error;
  }
}

function newestPerLocation(observations: readonly Observation[]): Observation[] {
  const newest = new Map<string, Observation>();
  for (const observation of observations) {
    const known = newest.get(observation.location);
    if (!known || observation.observedAtMs >= known.observedAtMs)
      newest.set(observation.location, observation);
  }
  return [...newest.values()];
}
