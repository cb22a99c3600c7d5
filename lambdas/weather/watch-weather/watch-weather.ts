import type { FreshRecords } from '../../shared/exactly-once/exactly-once.ts';
import { BadRecord } from '../../shared/failures/failures.ts';
import { type Observation, observationFromWire } from '../../shared/wire/observation.ts';
import { decide, type Outcome, type Place, type PlaceId, type PlaceReadings, type Rules } from './outcome.ts';

export interface Ports {
  /** What was recorded of these places; new ones are absent. */
  readonly recall: (places: readonly PlaceId[]) => Promise<Place[]>;
  /** Returns how many of the alerts were outside the cooldown, and so were raised. */
  readonly record: (outcome: Outcome) => Promise<number>;
}

/** What a batch came to, for the log. */
export interface WatchCounts {
  readonly observations: number;
  readonly late: number;
  readonly anomalies: number;
  readonly alerts: number;
}

/**
 * Watches the valid records. Others are none of its business: land-observations reports them. The order that counts is that
 * of a partition, which is the same on every retry and however its records are cut into batches.
 */
export async function watchWeather(
  partitions: readonly FreshRecords[],
  rules: Rules,
  { recall, record }: Ports,
): Promise<WatchCounts> {
  const heard = partitions.flatMap(readingsByPlace);
  if (heard.length === 0) return { observations: 0, late: 0, anomalies: 0, alerts: 0 };

  const known = await recall(heard);
  const outcome = decide(heard, known, rules);
  const alerts = await record(outcome);

  const counts = [...outcome.counts.values()];
  const total = (name: 'observations' | 'late' | 'anomalies') =>
    counts.reduce((sum, count) => sum + count[name], 0);
  return { observations: total('observations'), late: total('late'), anomalies: total('anomalies'), alerts };
}

function readingsByPlace({ partition, records }: FreshRecords): PlaceReadings[] {
  const places = new Map<string, PlaceReadings>();
  for (const { value, timestampMs } of records) {
    const observation = validObservation(value);
    if (!observation) continue;
    const { location } = observation;
    const place = places.get(location) ?? { partition, location, readings: [] };
    if (place.readings.length === 0) places.set(location, place);
    place.readings.push({ observation, receivedAtMs: timestampMs });
  }
  return [...places.values()];
}

function validObservation(value: unknown): Observation | undefined {
  try {
    return observationFromWire(value);
  } catch (error) {
    if (error instanceof BadRecord) return undefined;
    throw error;
  }
}
