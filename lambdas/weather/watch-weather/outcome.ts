import type { Observation } from '../../shared/wire/observation.ts';
import { type Alert, anomalyAlert, findAlerts, type Thresholds } from './alerts.ts';
import { type AnomalyRules, type Baseline, judgeAndLearn, newBaseline } from './anomalies.ts';
import { advanceTo, isLate, type Progress, type WatermarkRules, windowStart } from './watermark.ts';
import { addReading, emptyWindow, type WeatherWindow } from './weather-windows.ts';

export interface Rules {
  readonly thresholds: Thresholds;
  readonly watermark: WatermarkRules;
  readonly anomalies: AnomalyRules;
}

/**
 * A location on a partition, and what its readings so far have told. Where producers keep to the key there is one for each
 * location; where they do not, each partition is still judged by its own order.
 */
export interface Place extends PlaceId {
  readonly progress: Progress;
  readonly baseline: Baseline;
}

export interface PlaceId {
  readonly partition: number;
  readonly location: string;
}

/** The readings of a place that a batch brings, in their order. */
export interface PlaceReadings extends PlaceId {
  readonly readings: Reading[];
}

interface Reading {
  readonly observation: Observation;
  /** When Kafka got it, by its own account. */
  readonly receivedAtMs: number;
}

/** All that a batch changes. */
export interface Outcome {
  readonly places: readonly Place[];
  /** One for each location and start, at most. */
  readonly windows: readonly WeatherWindow[];
  /** The newest of each location. */
  readonly latest: readonly Observation[];
  /** What is added to the counters of each partition. */
  readonly counts: ReadonlyMap<number, Counts>;
  /** Those of a place in the order of its records. The cooldown is still to be applied. */
  readonly candidates: readonly Alert[];
}

interface Counts {
  observations: number;
  late: number;
  future: number;
  anomalies: number;
}

/** What the readings come to, given what was known of their places. Each is decided on by itself, in order. */
export function decide(heard: readonly PlaceReadings[], known: readonly Place[], rules: Rules): Outcome {
  const knownPlaces = new Map(known.map((place) => [placeKey(place), place]));
  const places: Place[] = [];
  const windows = new Map<string, Map<number, WeatherWindow>>();
  const latest = new Map<string, Observation>();
  const counts = new Map<number, Counts>();
  const candidates: Alert[] = [];

  for (const { partition, location, readings } of heard) {
    const place = knownPlaces.get(placeKey({ partition, location })) ?? newPlace(partition, location);
    places.push(place);
    const windowsHere = entryOf(windows, location, () => new Map());
    const countsHere = entryOf(counts, partition, noCounts);
    let newest = latest.get(location);

    for (const reading of readings) {
      const { observation } = reading;
      const startMs = windowStart(observation.observedAtMs, rules.watermark.windowMs);
      const late = isLate(place.progress, startMs, rules.watermark);
      const anomaly = late ? undefined : watch(place, reading, rules);
      const anomalous = anomaly !== undefined;

      const window = entryOf(windowsHere, startMs, () => emptyWindow(location, startMs));
      addReading(window, observation, { late, anomalous });
      for (const alert of findAlerts(observation, rules.thresholds)) candidates.push(alert);
      if (anomaly) candidates.push(anomalyAlert(observation, anomaly));
      if (!newest || observation.observedAtMs >= newest.observedAtMs) newest = observation;

      countsHere.observations++;
      if (late) countsHere.late++;
      if (anomalous) countsHere.anomalies++;
      if (observation.observedAtMs > reading.receivedAtMs + rules.watermark.delayMs) countsHere.future++;
    }
    if (newest) latest.set(location, newest);
  }
  return {
    places,
    windows: [...windows.values()].flatMap((here) => [...here.values()]),
    latest: [...latest.values()],
    counts,
    candidates,
  };
}

/** Of a reading that is on time. One that jumps ahead tells nothing yet, and after a gap all is learned anew. */
function watch({ progress, baseline }: Place, { observation, receivedAtMs }: Reading, rules: Rules) {
  const step = advanceTo(progress, { observedAtMs: observation.observedAtMs, receivedAtMs }, rules.watermark);
  if (step === 'is unconfirmed') return undefined;
  if (step === 'resumes after a gap') baseline.readings = 0;
  return judgeAndLearn(baseline, observation, rules.anomalies);
}

const placeKey = ({ partition, location }: PlaceId) => `${partition}/${location}`;

const newPlace = (partition: number, location: string): Place => ({
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
