import { maturities, outcomes } from './maturities.ts';

/** The values that a label may have: a closed set, so that no request can make a series of its own. */
type Labels = Readonly<Record<string, readonly string[]>>;

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labels?: Labels;
}

/**
 * A number that only grows, kept as rows of `metric_counters` that change in the transaction of what they count. A row may have
 * labels beyond those of its counter, such as the partition or shard that wrote it: they keep writers apart, and readers sum
 * over them.
 */
export type Counter = Metric;

/** What was observed last, kept as a row of `metric_gauges`. */
export interface Gauge extends Metric {
  readonly range: readonly [least: number, most: number];
}

/** How often a value fell between which bounds, kept as rows of `metric_histograms` with labels like a counter's. */
export interface Histogram extends Metric {
  /** Upper bounds, growing; a last one is infinity. */
  readonly bounds: readonly number[];
}

export const routes = ['/predict', '/update_metrics', '/metrics', '/healthz', '/openapi.json'] as const;
export type Route = (typeof routes)[number];

const methods = ['GET', 'POST'] as const;
export type Method = (typeof methods)[number];

/** What the functions answer; whatever else, a gateway's own refusals say, is counted by the gateway. */
const statuses = [200, 400, 401, 403, 404, 409, 413, 415, 500, 503] as const;
export type Status = (typeof statuses)[number];

/** The inputs of the model, as lambdas/fraud/score-transaction/features.ts computes them. */
const features = [
  'amount_log',
  'hour_of_day',
  'day_of_week',
  'merchant_category',
  'country',
  'channel',
  'currency',
  'account_age_transactions',
  'seconds_since_last',
  'transactions_last_hour',
  'transactions_last_day',
  'amount_vs_mean',
  'country_changed',
  'distinct_countries_last_day',
] as const;

const share = [0, 1] as const;
/** By how long their labels had to come: see docs/adr/0016-labels-and-retraining.md. */
const byMaturity = { maturity: maturities } as const;

const anyPositive = [0, Number.MAX_VALUE] as const;

/** The counters, by the names under which Prometheus knows them. */
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
  fraudTransactions: {
    name: 'fraud_transactions_total',
    help: 'Card transactions that were scored, by what the model said of them.',
    labels: { outcome: ['fraud', 'legitimate'] },
  },
  fraudModelRefusals: {
    name: 'fraud_model_refusals_total',
    help: 'Times that a function found the current model to be unusable, and stayed with the one it had.',
  },
  httpRequests: {
    name: 'http_requests_total',
    help: 'HTTP requests that were answered.',
    labels: { route: routes, method: methods, status: statuses.map(String) },
  },
} as const satisfies Record<string, Counter>;

export const gauges = {
  fraudModelFeatureDrift: {
    name: 'fraud_model_feature_drift',
    help: 'How far a feature, or all together (feature="overall"), has moved from the training data: 0 not at all, 1 entirely.',
    labels: { feature: ['overall', ...features] },
    range: share,
  },
  fraudModelFeaturePsi: {
    name: 'fraud_model_feature_psi',
    help: 'Population stability index of a feature against the training data.',
    labels: { feature: features },
    range: anyPositive,
  },
  fraudModelFeatureWasserstein: {
    name: 'fraud_model_feature_wasserstein',
    help: 'Wasserstein-1 distance of a feature from the training data: of a number in its standard deviations, of a category as a share.',
    labels: { feature: features },
    range: anyPositive,
  },
  fraudModelFeatureJensenShannon: {
    name: 'fraud_model_feature_jensen_shannon',
    help: 'Jensen-Shannon distance of a feature from the training data, by natural logarithms.',
    labels: { feature: features },
    range: share,
  },
  fraudModelDriftTransactions: {
    name: 'fraud_model_drift_transactions',
    help: 'Transactions in the window that drift is measured over. While there are too few, the figures of drift stay as they were.',
    range: anyPositive,
  },
  fraudModelPrecision: {
    name: 'fraud_model_precision',
    help: 'Of the labelled transactions that the model called fraud, the share that was.',
    labels: byMaturity,
    range: share,
  },
  fraudModelRecall: {
    name: 'fraud_model_recall',
    help: 'Of the labelled transactions that were fraud, the share that the model called so.',
    labels: byMaturity,
    range: share,
  },
  fraudModelAccuracy: {
    name: 'fraud_model_accuracy',
    help: 'Of the labelled transactions, the share that the model judged rightly.',
    labels: byMaturity,
    range: share,
  },
  fraudModelF1: {
    name: 'fraud_model_f1',
    help: 'Harmonic mean of precision and recall.',
    labels: byMaturity,
    range: share,
  },
  fraudModelLabelledTransactions: {
    name: 'fraud_model_labelled_transactions',
    help: 'Labelled transactions that the other figures are of, by what the model said of them and whether it was so.',
    labels: { ...byMaturity, outcome: outcomes },
    range: anyPositive,
  },
} as const satisfies Record<string, Gauge>;

export const histograms = {
  httpRequestDuration: {
    name: 'http_request_duration_seconds',
    help: 'How long a function took to answer an HTTP request.',
    labels: { route: routes, method: methods },
    // Dense around the targets of /predict: half within 60 ms, all but a hundredth within 200 ms.
    bounds: [0.002, 0.005, 0.01, 0.02, 0.03, 0.045, 0.06, 0.1, 0.15, 0.2, 0.5, 1, 2.5, 5, 10],
  },
} as const satisfies Record<string, Histogram>;
