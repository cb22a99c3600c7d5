import type { Observation } from '../../shared/wire/observation.ts';
import { type Alert, anomalyAlert, findAlerts, type Thresholds } from './alerts.ts';
import {
  type Anomaly,
  type AnomalyRules,
  type Baseline,
  newBaseline,
  restart,
  scoreAndLearn,
} from './anomalies.ts';
import { advanceTo, isLate, type Progress, type WatermarkRules, windowStart } from './watermark.ts';
import { addReading, emptyWindow, type WeatherWindow } from './weather-windows.ts';

export interface Rules {
  readonly thresholds: Thresholds;
  readonly watermark: WatermarkRules;
  readonly anomalies: AnomalyRules;
}

export interface SeriesKey {
  readonly partition: number;
  readonly location: string;
}

/**
 * State of the readings of one location on one partition. Producers that use the location as key have one
 * series per location. Other producers spread a location over partitions, and each partition is then
 * processed in its own order.
 */
export interface Series extends SeriesKey {
  readonly progress: Progress;
  readonly baseline: Baseline;
}

/** The readings of a series in one batch, in offset order. */
export interface SeriesReadings extends SeriesKey {
  readonly readings: Reading[];
}

interface Reading {
  readonly observation: Observation;
  /** Timestamp of the Kafka record. */
  readonly receivedAtMs: number;
}

/** Everything that a batch changes. */
export interface Outcome {
  readonly series: readonly Series[];
  /** At most one per location and window start. */
  readonly windows: readonly WeatherWindow[];
  /** The newest observation of each location. */
  readonly latest: readonly Observation[];
  /** Increments of the counters, by partition. */
  readonly counts: ReadonlyMap<number, Counts>;
  /** Alerts before the cooldown is applied; those of a series are in the order of its records. */
  readonly candidates: readonly Alert[];
}

interface Counts {
  observations: number;
  late: number;
  future: number;
  anomalies: number;
}

/** The outcome while it is being built. */
interface Draft {
  readonly series: Series[];
  readonly windows: Map<string, Map<number, WeatherWindow>>;
  readonly latest: Map<string, Observation>;
  readonly counts: Map<number, Counts>;
  readonly candidates: Alert[];
}

/**
 * Computes the outcome of a batch from its readings and the known series, which it updates in place.
 * Each reading is decided on by itself, in order, so the outcome does not depend on how batches are cut.
 */
export function decide(batch: readonly SeriesReadings[], known: readonly Series[], rules: Rules): Outcome {
  const knownSeries = new Map(known.map((series) => [keyOf(series), series]));
  const draft: Draft = {
    series: [],
    windows: new Map(),
    latest: new Map(),
    counts: new Map(),
    candidates: [],
  };
  for (const { readings, ...key } of batch) {
    const series = knownSeries.get(keyOf(key)) ?? newSeries(key);
    draft.series.push(series);
    addReadings(draft, series, readings, rules);
  }
  return {
    ...draft,
    windows: [...draft.windows.values()].flatMap((ofLocation) => [...ofLocation.values()]),
    latest: [...draft.latest.values()],
  };
}

function addReadings(draft: Draft, series: Series, readings: readonly Reading[], rules: Rules): void {
  const { partition, location } = series;
  const windows = entryOf(draft.windows, location, () => new Map<number, WeatherWindow>());
  const counts = entryOf(draft.counts, partition, noCounts);
  let newest = draft.latest.get(location);
  let window: WeatherWindow | undefined;

  for (const reading of readings) {
    const { observation, receivedAtMs } = reading;
    const startMs = windowStart(observation.observedAtMs, rules.watermark.windowMs);
    const late = isLate(series.progress, startMs, rules.watermark);
    const anomaly = late ? undefined : scoreOnTime(series, reading, rules);
    const anomalous = anomaly !== undefined;

    // Most readings are in the window of the one before.
    if (window === undefined || window.startMs !== startMs)
      window = entryOf(windows, startMs, () => emptyWindow(location, startMs));
    addReading(window, observation, { late, anomalous });
    for (const alert of findAlerts(observation, rules.thresholds)) draft.candidates.push(alert);
    if (anomaly) draft.candidates.push(anomalyAlert(observation, anomaly));
    if (!newest || observation.observedAtMs >= newest.observedAtMs) newest = observation;

    counts.observations++;
    if (late) counts.late++;
    if (anomalous) counts.anomalies++;
    if (observation.observedAtMs > receivedAtMs + rules.watermark.delayMs) counts.future++;
  }
  if (newest) draft.latest.set(location, newest);
}

/** Scores an on-time reading. An unconfirmed jump is not scored; a confirmed jump restarts the baseline. */
function scoreOnTime(
  { progress, baseline }: Series,
  { observation, receivedAtMs }: Reading,
  rules: Rules,
): Anomaly | undefined {
  const step = advanceTo(progress, { observedAtMs: observation.observedAtMs, receivedAtMs }, rules.watermark);
  if (step === 'unconfirmed jump') return undefined;
  if (step === 'confirmed jump') restart(baseline);
  return scoreAndLearn(baseline, observation, rules.anomalies);
}

const keyOf = ({ partition, location }: SeriesKey) => `${partition}/${location}`;

const newSeries = ({ partition, location }: SeriesKey): Series => ({
  partition,
  location,
  progress: { newestMs: Number.NEGATIVE_INFINITY, unconfirmedMs: null },
  baseline: newBaseline(),
});

const noCounts = (): Counts => ({ observations: 0, late: 0, future: 0, anomalies: 0 });

function entryOf<K, V>(entries: Map<K, V>, key: K, create: () => V): V {
  const known = entries.get(key);
  if (known !== undefined) return known;
  const created = create();
  entries.set(key, created);
  return created;
}
