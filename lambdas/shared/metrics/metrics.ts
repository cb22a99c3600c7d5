import { errorTypes } from '../wire/error-record.ts';
import { rules } from './fraud-rules.ts';
import { maturities, outcomes } from './maturities.ts';
import { dimensions, segments } from './segments.ts';
import { bounds, shadowModels, shadowOutcomes } from './shadow.ts';

/**
 * The values that a label may have: a closed set, so that no request can create a new series. An empty list
 * stands for values that the deploy decides, such as partitions.
 */
type Labels = Readonly<Record<string, readonly string[]>>;

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labels?: Labels;
}

/**
 * A number that only grows. Its rows in `metric_counters` change in the transaction that they count. A row
 * may have more labels than its counter, such as the partition or shard of its writer: they keep writers
 * apart, and readers sum over them.
 */
export type Counter = Metric;

/** The last observed value, in a row of `metric_gauges`. */
export interface Gauge extends Metric {
  readonly range: readonly [least: number, most: number];
}

/** Counts of values by bucket, in rows of `metric_histograms` with labels like those of a counter. */
export interface Histogram extends Metric {
  /** Upper bounds in ascending order. Infinity is added as the last one. */
  readonly bounds: readonly number[];
}

/** Paths that people and clients call. */
export const routes = ['/predict', '/update_metrics', '/openapi.json'] as const;
/** Paths that a monitor calls every few seconds: counted apart, so that they do not drown the others. */
export const scrapedRoutes = ['/metrics', '/healthz'] as const;
export type Route = (typeof routes)[number] | (typeof scrapedRoutes)[number];

const methods = ['GET', 'POST'] as const;
export type Method = (typeof methods)[number];

/** The statuses that the functions return. The gateway counts its own rejections. */
const statuses = [200, 400, 401, 403, 404, 409, 413, 415, 500, 503] as const;
export type Status = (typeof statuses)[number];

/** The features of the model, which lambdas/fraud/score-transaction/features.ts computes. */
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
  'transactions_last_minute',
  'transactions_last_10_minutes',
  'transactions_last_hour',
  'transactions_last_day',
  'amount_vs_mean',
  'amount_vs_last_hour',
  'country_changed',
  'distinct_countries_last_day',
] as const;

/** Retries that a record had: the last value stands for all further ones. */
export const retryAttempts = ['1', '2', '3', '4', '5', 'more'] as const;

/** An error type of another producer counts as OTHER, so that no message can create a new series. */
const storedErrorTypes = [...errorTypes, 'OTHER'] as const;

/** The workflows that end with a report, and so tell Postgres how they came out. */
const workflows = ['daily', 'retraining'] as const;
export type ReportedWorkflow = (typeof workflows)[number];
const runOutcomes = ['succeeded', 'failed'] as const;
export type RunOutcome = (typeof runOutcomes)[number];

const share = [0, 1] as const;
/** How long labels had to arrive: see docs/adr/0016-labels-and-retraining.md. */
const byMaturity = { maturity: maturities } as const;

/** The model in use, and the challenger, on the same transactions. */
const byModel = { model: shadowModels } as const;

const bySegment = { dimension: dimensions, segment: segments } as const;

const difference = [-1, 1] as const;
const anyPositive = [0, Number.MAX_VALUE] as const;

/** The counters, by the names under which Prometheus knows them. */
export const counters = {
  // SQL triggers count files, errors and alerts: lambdas/database/migrate-database/functions/count_*.sql.
  weatherFiles: {
    name: 'weather_files_total',
    help: 'Files whose rows are all on Kafka, refused ones included.',
  },
  weatherFileRows: {
    name: 'weather_file_rows_total',
    help: 'Rows read from files, by what became of them. A skipped row is a title, comment, header or footer.',
    labels: { outcome: ['valid', 'invalid', 'refused', 'skipped'] },
  },
  weatherLandedRows: {
    name: 'weather_landed_rows_total',
    help: 'Observations that land-observations wrote to the lake.',
  },
  weatherLandedObjects: {
    name: 'weather_landed_objects_total',
    help: 'Parquet objects that land-observations wrote to the lake.',
  },
  weatherLandedBytes: {
    name: 'weather_landed_bytes_total',
    help: 'Size of the Parquet objects that land-observations wrote to the lake.',
  },
  weatherRetries: {
    name: 'weather_retries_total',
    help: 'Records that wait for another attempt, by the number of that attempt.',
    labels: { attempt: retryAttempts },
  },
  weatherAlerts: {
    name: 'weather_alerts_total',
    help: 'Weather alerts raised, by type.',
    labels: { type: ['TEMP_HIGH', 'TEMP_LOW', 'RAIN_HEAVY', 'WIND_STRONG', 'ANOMALY'] },
  },
  errorsStored: {
    name: 'errors_stored_total',
    help: 'Errors and dead letters stored in Postgres, by type. OTHER stands for types of other producers.',
    labels: { type: storedErrorTypes },
  },
  weatherObservations: {
    name: 'weather_observations_total',
    help: 'Valid observations that watch-weather processed.',
  },
  weatherLateObservations: {
    name: 'weather_late_observations_total',
    help: 'Observations that arrived after their window was closed, and changed it.',
  },
  weatherFutureObservations: {
    name: 'weather_future_observations_total',
    help: 'Observations whose time is later than their Kafka timestamp by more than the watermark delay.',
  },
  weatherAnomalies: {
    name: 'weather_anomalies_total',
    help: 'Observations that deviated strongly from earlier ones of their location, alerted or not.',
  },
  fraudTransactions: {
    name: 'fraud_transactions_total',
    help: 'Scored card transactions, by verdict: of the model, or of a rule.',
    labels: { outcome: ['fraud', 'legitimate'] },
  },
  fraudRuleTransactions: {
    name: 'fraud_rule_transactions_total',
    help: 'Scored card transactions that a rule flagged as fraud, whatever their score.',
    labels: { rule: rules },
  },
  fraudModelRefusals: {
    name: 'fraud_model_refusals_total',
    help: 'Times a function found the current model unusable and kept the previous one.',
  },
  fraudShadowTransactions: {
    name: 'fraud_shadow_transactions_total',
    help: 'Transactions that the challenger was to score in shadow, by what became of them.',
    labels: { outcome: shadowOutcomes },
  },
  workflowRuns: {
    name: 'workflow_runs_total',
    help: 'Runs that came to their report, by outcome. A run that published or promoted nothing new succeeded.',
    labels: { workflow: workflows, outcome: runOutcomes },
  },
  httpRequests: {
    name: 'http_requests_total',
    help: 'Answered HTTP requests, without those of monitors.',
    labels: { route: routes, method: methods, status: statuses.map(String) },
  },
  httpScrapes: {
    name: 'http_scrapes_total',
    help: 'Answered HTTP requests of monitors, to /metrics and /healthz.',
    labels: { route: scrapedRoutes, status: statuses.map(String) },
  },
} as const satisfies Record<string, Counter>;

export const gauges = {
  fraudModelFeatureDrift: {
    name: 'fraud_model_feature_drift',
    help: 'Drift of a feature, or of all together (feature="overall"), from the training data: 0 none, 1 complete.',
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
    help: 'Wasserstein-1 distance from the training data: in standard deviations, or as a share for a category.',
    labels: { feature: features },
    range: anyPositive,
  },
  fraudModelFeatureJensenShannon: {
    name: 'fraud_model_feature_jensen_shannon',
    help: 'Jensen-Shannon distance of a feature from the training data, with natural logarithms.',
    labels: { feature: features },
    range: share,
  },
  fraudModelDriftTransactions: {
    name: 'fraud_model_drift_transactions',
    help: 'Transactions in the drift window. With too few of them, the drift gauges keep their last values.',
    range: anyPositive,
  },
  fraudModelFeatureMissing: {
    name: 'fraud_model_feature_missing_excess',
    help: 'Share of transactions without a value of the feature, less that of the training data.',
    labels: { feature: features },
    range: difference,
  },
  fraudModelFeatureUnseen: {
    name: 'fraud_model_feature_unseen_excess',
    help: 'Share of transactions whose category training has not seen, less that of the training data.',
    labels: { feature: features },
    range: difference,
  },
  fraudModelScoreDrift: {
    name: 'fraud_model_score_drift',
    help: 'Drift of the scores from those of the training data: 0 none, 1 complete.',
    range: share,
  },
  fraudModelEstimatedPrecision: {
    name: 'fraud_model_estimated_precision',
    help: 'Precision in the drift window, estimated from calibrated scores before labels come.',
    range: share,
  },
  fraudModelEstimatedRecall: {
    name: 'fraud_model_estimated_recall',
    help: 'Recall in the drift window, estimated from calibrated scores before labels come.',
    range: share,
  },
  fraudModelSegmentScoreDrift: {
    name: 'fraud_model_segment_score_drift',
    help: 'Drift of the scores of a country, channel or merchant category from those of its training data.',
    labels: bySegment,
    range: share,
  },
  fraudModelSegmentEstimatedPrecision: {
    name: 'fraud_model_segment_estimated_precision',
    help: 'Estimated precision of a country, channel or merchant category.',
    labels: bySegment,
    range: share,
  },
  fraudModelSegmentEstimatedRecall: {
    name: 'fraud_model_segment_estimated_recall',
    help: 'Estimated recall of a country, channel or merchant category.',
    labels: bySegment,
    range: share,
  },
  fraudModelSegmentTransactions: {
    name: 'fraud_model_segment_transactions',
    help: 'Transactions of a segment in the drift window, or in the training data, whichever are fewer.',
    labels: bySegment,
    range: anyPositive,
  },
  fraudModelSegmentFeatureDrift: {
    name: 'fraud_model_segment_feature_drift',
    help: 'Drift of a feature, or of all together, within a segment from the same segment of the training data.',
    labels: { ...bySegment, feature: ['overall', ...features] },
    range: share,
  },
  fraudModelSegmentPrecision: {
    name: 'fraud_model_segment_precision',
    help: 'Precision of a country, channel or merchant category, by the newest labels.',
    labels: bySegment,
    range: share,
  },
  fraudModelSegmentRecall: {
    name: 'fraud_model_segment_recall',
    help: 'Recall of a country, channel or merchant category, by the newest labels.',
    labels: bySegment,
    range: share,
  },
  fraudModelPrecision: {
    name: 'fraud_model_precision',
    help: 'Share of fraud among the labelled transactions that the model flagged as fraud.',
    labels: byMaturity,
    range: share,
  },
  fraudModelRecall: {
    name: 'fraud_model_recall',
    help: 'Share of labelled frauds that the model flagged as fraud.',
    labels: byMaturity,
    range: share,
  },
  fraudModelAccuracy: {
    name: 'fraud_model_accuracy',
    help: 'Share of labelled transactions that the model classified correctly.',
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
    help: 'Labelled transactions behind precision, recall, accuracy and F1, by verdict and label.',
    labels: { ...byMaturity, outcome: outcomes },
    range: anyPositive,
  },
  fraudShadowWindow: {
    name: 'fraud_shadow_window_transactions',
    help: 'Transactions of the drift window that the model in use and the challenger both scored.',
    range: anyPositive,
  },
  fraudShadowDisagreement: {
    name: 'fraud_shadow_disagreement',
    help: 'Share of these transactions on which the verdicts of the two models differ.',
    range: share,
  },
  fraudShadowScoreDrift: {
    name: 'fraud_shadow_score_drift',
    help: "Distance of the challenger's scores from those of the model in use: 0 none, 1 complete.",
    range: share,
  },
  fraudShadowEstimatedPrecision: {
    name: 'fraud_shadow_estimated_precision',
    help: 'Precision of each model on these transactions, estimated from its own calibrated scores.',
    labels: byModel,
    range: share,
  },
  fraudShadowEstimatedRecall: {
    name: 'fraud_shadow_estimated_recall',
    help: 'Recall of each model on these transactions, estimated from its own calibrated scores.',
    labels: byModel,
    range: share,
  },
  fraudShadowPrecision: {
    name: 'fraud_shadow_precision',
    help: 'Precision of each model on the labelled transactions that both scored.',
    labels: byModel,
    range: share,
  },
  fraudShadowRecall: {
    name: 'fraud_shadow_recall',
    help: 'Recall of each model on the labelled transactions that both scored.',
    labels: byModel,
    range: share,
  },
  fraudShadowGain: {
    name: 'fraud_shadow_f1_gain',
    help: "The challenger's F1 less that of the model in use on these transactions, with its 95 % interval.",
    labels: { bound: bounds },
    range: [-2, 2],
  },
  fraudShadowLabelledTransactions: {
    name: 'fraud_shadow_labelled_transactions',
    help: 'Labelled transactions that the model in use and the challenger both scored.',
    range: anyPositive,
  },
} as const satisfies Record<string, Gauge>;

export const histograms = {
  httpRequestDuration: {
    name: 'http_request_duration_seconds',
    help: 'How long a function took to answer an HTTP request, without those of monitors.',
    labels: { route: routes, method: methods },
    // Dense around the targets of /predict: p50 60 ms, p99 200 ms.
    bounds: [0.002, 0.005, 0.01, 0.02, 0.03, 0.045, 0.06, 0.1, 0.15, 0.2, 0.5, 1, 2.5, 5, 10],
  },
  workflowRunDuration: {
    name: 'workflow_run_duration_seconds',
    help: 'Time of a run from its start to its report, waiting for the day included.',
    labels: { workflow: workflows },
    // Spark needs a minute; a day that is not complete is waited for, up to hours.
    bounds: [30, 60, 120, 300, 600, 1_800, 3_600, 10_800, 21_600],
  },
} as const satisfies Record<string, Histogram>;

/** Gauges that `GET /metrics` reads from the tables of the pipelines at each scrape. */
export const readings = {
  deadLettersOpen: {
    name: 'dead_letters_open',
    help: 'Stored errors that wait for a person, by type. At most 100000 are counted.',
    labels: { type: storedErrorTypes },
  },
  slackOutboxRows: {
    name: 'slack_outbox_rows',
    help: 'Rows that Slack has not got yet. At most 10000 of each outbox are counted.',
    labels: { outbox: ['alerts', 'errors', 'messages'] },
  },
  slackOutboxOldestAge: {
    name: 'slack_outbox_oldest_age_seconds',
    help: 'How long the oldest of these rows has waited for Slack; 0 when none waits.',
    labels: { outbox: ['alerts', 'errors', 'messages'] },
  },
  ledgerNextOffset: {
    name: 'ledger_next_offset',
    help: 'The first offset of a partition that a consumer has not processed, by the ledger in Postgres.',
    labels: { consumergroup: [], topic: [], partition: [] },
  },
  weatherNewestEvent: {
    name: 'weather_newest_event_timestamp_seconds',
    help: 'Event time of the newest observation on a partition: how far its watermark is.',
    labels: { partition: [] },
  },
  weatherPublishedDay: {
    name: 'weather_newest_published_day_timestamp_seconds',
    help: 'Start of the newest day whose summary is published.',
  },
  jobLastRun: {
    name: 'scheduled_job_last_run_timestamp_seconds',
    help: 'When a scheduled job last ran: evaluation, drift measurement, the nightly start, a round of the sensor.',
    labels: { job_name: ['evaluation', 'drift', 'daily', 'sensor'] },
  },
  gaugeObserved: {
    name: 'metric_observed_timestamp_seconds',
    help: 'When the newest sample of a gauge was observed, by its name in `metric` and with its own labels.',
    labels: { metric: Object.values(gauges).map(({ name }) => name) },
  },
  fraudModelInfo: {
    name: 'fraud_model_info',
    help: 'The version of the model that scored the newest transaction; the value is always 1.',
    labels: { version: [] },
  },
} as const satisfies Record<string, Metric>;

/** Every name of a series that `GET /metrics` shows. */
export const seriesNames: readonly string[] = [
  ...[counters, gauges, readings].flatMap((metrics) => Object.values(metrics).map(({ name }) => name)),
  ...Object.values(histograms).flatMap(({ name }) => ['_bucket', '_sum', '_count'].map((end) => name + end)),
];
