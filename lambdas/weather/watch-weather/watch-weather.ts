import type { FreshRecords } from '../../shared/exactly-once/exactly-once.ts';
import { BadRecord } from '../../shared/failures/failures.ts';
import type { Limits } from '../../shared/wire/limits.ts';
import { type Judging, type Observation, observationFromWire } from '../../shared/wire/observation.ts';
import { readPlainObservation } from '../../shared/wire/plain-observation.ts';
import {
  decide,
  type Outcome,
  type Rules,
  type Series,
  type SeriesKey,
  type SeriesReadings,
} from './outcome.ts';

export interface Ports {
  /** Returns the stored state of these series, without those that are new. */
  readonly load: (keys: readonly SeriesKey[]) => Promise<Series[]>;
  /** Stores the outcome and returns how many of its alerts were raised: those outside their cooldown. */
  readonly save: (outcome: Outcome) => Promise<number>;
}

export interface WatchRules extends Rules {
  readonly limits: Limits;
}

/** Totals of a batch, for the log. */
export interface WatchCounts {
  readonly observations: number;
  readonly late: number;
  readonly anomalies: number;
  readonly alerts: number;
}

/**
 * Updates windows, anomaly baselines and alerts from the valid records of a batch; land-observations reports
 * the others. Records are processed in the order of their partition, which no retry and no other cut into
 * batches changes.
 */
export async function watchWeather(
  partitions: readonly FreshRecords[],
  rules: WatchRules,
  { load, save }: Ports,
): Promise<WatchCounts> {
  const batch = partitions.flatMap((each) => readingsBySeries(each, rules.limits));
  if (batch.length === 0) return { observations: 0, late: 0, anomalies: 0, alerts: 0 };

  const known = await load(batch);
  const outcome = decide(batch, known, rules);
  const alerts = await save(outcome);

  const counts = [...outcome.counts.values()];
  const total = (name: 'observations' | 'late' | 'anomalies') =>
    counts.reduce((sum, count) => sum + count[name], 0);
  return { observations: total('observations'), late: total('late'), anomalies: total('anomalies'), alerts };
}

function readingsBySeries({ partition, records }: FreshRecords, limits: Limits): SeriesReadings[] {
  const byLocation = new Map<string, SeriesReadings>();
  for (const record of records) {
    const { timestampMs } = record;
    const judging = { limits, receivedAtMs: timestampMs };
    const observation = readPlainObservation(record, judging) ?? validObservation(record.value, judging);
    if (!observation) continue;
    const { location } = observation;
    const series = byLocation.get(location) ?? { partition, location, readings: [] };
    if (series.readings.length === 0) byLocation.set(location, series);
    series.readings.push({ observation, receivedAtMs: timestampMs });
  }
  return [...byLocation.values()];
}

function validObservation(value: unknown, judging: Judging): Observation | undefined {
  try {
    return observationFromWire(value, judging);
  } catch (error) {
    if (error instanceof BadRecord) return undefined;
    throw error;
  }
}
