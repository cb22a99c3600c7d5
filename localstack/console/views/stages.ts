import { topics } from '../../../lambdas/shared/kafka/topics.ts';
import type { Workload } from '../../run/platform-counts/outstanding.ts';
import type { Check, Stage, StageState } from '../contract.ts';

/** The queue of files that were dropped and not read. */
export const incomingQueue = 'isobar-local-incoming-files';

/** Counts that the launcher does not need. */
export interface Totals {
  readonly openErrors: number;
  /** Errors that Slack should know of by now. Younger ones may wait for their digest. */
  readonly overdueErrors: number;
  /** Invalid rows that were corrected and sent again: they land without being valid rows of a file. */
  readonly redrivenRows: number;
  /** Landed rows that watch-weather gave up on, and that were not sent again. */
  readonly unwatchedRows: number;
  readonly watched: number;
  readonly publishedDays: number;
  /** Transactions that monitor-transactions counted, and those of them flagged as fraud. */
  readonly monitored: number;
  readonly frauds: number;
}

/** An event source mapping, as Lambda describes it. */
export interface Mapping {
  readonly functionName: string;
  readonly state: string;
  readonly lastResult: string;
}

/** All counts of one moment. */
export interface Reading {
  readonly produced: Readonly<Record<string, number>>;
  readonly workload: Workload;
  readonly totals: Totals;
  readonly mappings: readonly Mapping[];
}

/** What is known of each stage, but for its rate and its state. */
type Known = Omit<Stage, 'perSecond' | 'state' | 'reason'> & {
  /** The folder of the function whose mappings move this stage on. */
  readonly fn?: string;
};
export type StageId = (typeof ids)[number];

const ids = [
  'files',
  'ingest',
  'weather-data',
  'land',
  'lake',
  'daily',
  'watch',
  'retry',
  'alerts',
  'errors',
  'slack',
  'score',
  'transactions',
  'monitor',
] as const;

const check = (count: number, expected: number, against: string): Check => ({
  against,
  difference: count - expected,
});

const many = (count: number, one: string, more = `${one}s`) =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : more}`;

function describe({ workload, totals, produced }: Reading): Readonly<Record<StageId, Omit<Known, 'id'>>> {
  const { counts, queues } = workload;
  const { lag } = counts;
  const queued = queues[incomingQueue] ?? 0;
  const refused = counts.rowsRead - counts.rowsValid - counts.rowsInvalid;
  const overdue = workload.unsentAlerts + totals.overdueErrors;
  const gathering = Math.max(0, workload.unsentErrors - totals.overdueErrors);
  const scored = produced[topics.transactions.name] ?? 0;
  return {
    files: {
      title: 'Incoming files',
      count: counts.filesRead + queued,
      unit: 'files',
      note: queued > 0 ? `${many(queued, 'file')} waiting` : 'all read',
    },
    ingest: {
      title: 'Ingest',
      count: counts.rowsRead,
      unit: 'rows read',
      note: [
        many(counts.rowsValid, 'valid', 'valid'),
        many(counts.rowsInvalid, 'invalid', 'invalid'),
        ...(refused > 0 ? [many(refused, 'refused', 'refused')] : []),
      ].join(' · '),
      waiting: queued,
      fn: 'ingest-observations',
    },
    'weather-data': {
      title: topics.weatherData.name,
      count: produced[topics.weatherData.name] ?? 0,
      unit: 'records',
      note: `Kafka, ${topics.weatherData.partitions} partitions`,
    },
    land: {
      title: 'Land',
      count: counts.rowsLanded,
      unit: 'rows landed',
      note: many(counts.parquetObjects, 'Parquet object'),
      check: check(counts.rowsLanded, counts.rowsValid + totals.redrivenRows, 'valid rows'),
      waiting: lag['land-observations'] ?? 0,
      fn: 'land-observations',
    },
    lake: {
      title: 'Lake',
      count: counts.parquetObjects,
      unit: 'objects',
      note: 'Parquet on S3, one row group each',
    },
    daily: {
      title: 'Daily summary',
      count: totals.publishedDays,
      unit: totals.publishedDays === 1 ? 'day published' : 'days published',
      note: 'Spark, checked before publishing',
    },
    watch: {
      title: 'Watch weather',
      count: totals.watched,
      unit: 'rows watched',
      note: `${many(counts.lateObservations, 'late', 'late')} · ${many(counts.anomalies, 'anomaly', 'anomalies')}`,
      check: check(
        totals.watched + totals.unwatchedRows + workload.awaitedRetries,
        counts.rowsLanded,
        'rows landed',
      ),
      waiting: lag['watch-weather'] ?? 0,
      fn: 'watch-weather',
    },
    retry: {
      title: 'Retry',
      count: counts.retried,
      unit: 'records retried',
      note: `${many(workload.awaitedRetries, 'waiting', 'waiting')} · ${many(counts.retriesExhausted, 'given up', 'given up')}`,
      waiting: lag['retry-observations'] ?? 0,
      fn: 'retry-observations',
    },
    alerts: {
      title: 'Alerts',
      count: counts.alerts,
      unit: 'alerts',
      note: 'one per place, type and cooldown',
    },
    errors: {
      title: 'Record errors',
      count: counts.errorsStored + counts.retriesExhausted,
      unit: 'errors stored',
      note: `${many(totals.openErrors, 'open', 'open')}`,
      check: check(counts.errorsStored, counts.rowsInvalid, 'invalid rows'),
      waiting: lag['record-errors'] ?? 0,
      fn: 'record-errors',
    },
    slack: {
      title: 'Slack',
      count: counts.slackMessages,
      unit: 'messages',
      note:
        [
          ...(overdue > 0 ? [`${many(overdue, 'notice')} not sent yet`] : []),
          ...(gathering > 0
            ? [many(gathering, 'error waits for its digest', 'errors wait for their digest')]
            : []),
        ].join(' · ') || 'every notice sent',
      waiting: overdue,
    },
    score: {
      title: 'Score',
      count: scored,
      unit: 'scored',
      note: 'POST /predict',
    },
    transactions: {
      title: topics.transactions.name,
      count: scored,
      unit: 'records',
      note: `Kafka, ${topics.transactions.partitions} partitions`,
    },
    monitor: {
      title: 'Monitor',
      count: totals.monitored,
      unit: 'monitored',
      note: `${many(totals.frauds, 'flagged as fraud', 'flagged as fraud')}`,
      check: check(totals.monitored, scored, 'records'),
      waiting: lag['monitor-transactions'] ?? 0,
      fn: 'monitor-transactions',
    },
  };
}

export const countsOf = (reading: Reading): Record<StageId, number> => {
  const known = describe(reading);
  return Object.fromEntries(ids.map((id) => [id, known[id].count])) as Record<StageId, number>;
};

/** The stages of the pipeline, in the order in which a record passes them. */
export function stagesOf(
  reading: Reading,
  perSecond: Readonly<Record<StageId, number>> | undefined,
): Stage[] {
  const known = describe(reading);
  return ids.map((id): Stage => {
    const { fn, ...rest } = known[id];
    const rate = perSecond?.[id];
    return { ...rest, id, perSecond: rate, ...stateOf(mappingsOf(reading, fn), rest.waiting ?? 0, rate) };
  });
}

const mappingsOf = ({ mappings }: Reading, fn: string | undefined) =>
  mappings.filter(({ functionName }) => fn !== undefined && functionName.endsWith(`-${fn}`));

function stateOf(
  mappings: readonly Mapping[],
  waiting: number,
  perSecond: number | undefined,
): { readonly state: StageState; readonly reason?: string } {
  const problem = mappings.find(({ lastResult }) => lastResult.startsWith('PROBLEM'));
  if (problem) return { state: 'failing', reason: problem.lastResult };
  const off = mappings.find(
    ({ state }) => state !== '' && !/^(Enabled|Creating|Updating|Enabling)$/.test(state),
  );
  if (off) return { state: 'stopped', reason: `Its event source mapping is ${off.state}` };
  if ((perSecond ?? 0) > 0) return { state: 'working' };
  return { state: waiting > 0 ? 'behind' : 'idle' };
}
