/** A number that only grows, kept as rows of `metric_counters` that change in the transaction of what they count. */
export interface Counter {
  readonly name: string;
  readonly help: string;
}

/**
 * The counters, by the names under which Prometheus knows them. Those of a consumer have the label `partition`, which makes
 * whoever holds the partition the only writer of a row.
 */
export const counters = {
  weatherObservations: {
    name: 'weather_observations_total',
    help: 'Valid observations that were watched.',
  },
  weatherLateObservations: {
    name: 'weather_late_observations_total',
    help: 'Observations that came after their window was closed, and restated it.',
  },
  weatherFutureObservations: {
    name: 'weather_future_observations_total',
    help: 'Observations dated past the time at which Kafka got them, by more than the watermark delay.',
  },
  weatherAnomalies: {
    name: 'weather_anomalies_total',
    help: 'Observations that were far from what their location had been like, alerted or not.',
  },
} as const satisfies Record<string, Counter>;
