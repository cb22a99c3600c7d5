import type { Mapping, Reading } from '../../../../../localstack/console/views/stages.ts';

/** A finished run: 90 valid and 10 invalid rows of one file. Numbers and mappings may be replaced. */
export const reading = (
  changes: {
    readonly counts?: Partial<Reading['workload']['counts']>;
    readonly totals?: Partial<Reading['totals']>;
    readonly queues?: Reading['workload']['queues'];
    readonly workload?: Partial<Reading['workload']>;
    readonly mappings?: readonly Mapping[];
  } = {},
): Reading => ({
  produced: { 'weather-data': 90, 'error-data': 10, 'retry-data': 0, transactions: 4 },
  workload: {
    counts: {
      filesRead: 1,
      rowsRead: 100,
      rowsValid: 90,
      rowsInvalid: 10,
      rowsLanded: 90,
      errorsStored: 10,
      retried: 0,
      retriesExhausted: 0,
      alerts: 2,
      lateObservations: 0,
      anomalies: 0,
      slackMessages: 3,
      parquetObjects: 5,
      lag: {},
      ...changes.counts,
    },
    notIngested: [],
    queues: changes.queues ?? {},
    unsentAlerts: 0,
    unsentErrors: 0,
    awaitedRetries: 0,
    ...changes.workload,
  },
  totals: {
    overdueErrors: 0,
    openErrors: 10,
    redrivenRows: 0,
    unwatchedRows: 0,
    watched: 90,
    publishedDays: 0,
    monitored: 4,
    frauds: 1,
    ...changes.totals,
  },
  mappings: changes.mappings ?? [],
});
