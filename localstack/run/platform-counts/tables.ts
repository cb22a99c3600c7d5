import type { QueryResultRow } from 'pg';
import { sourceId } from '../../../lambdas/shared/kafka/source.ts';
import { counters, gauges } from '../../../lambdas/shared/metrics/metrics.ts';
import type { Database } from '../../../lambdas/shared/postgres/database.ts';
import type { AlertLine, Evaluation } from '../../terminal/state.ts';

interface TableCounts {
  readonly filesRead: number;
  readonly filesWithoutRows: number;
  readonly rowsRead: number;
  readonly rowsValid: number;
  readonly rowsInvalid: number;
  readonly errorsStored: number;
  readonly retried: number;
  readonly retriesExhausted: number;
  /** Records whose next attempt has not happened yet. */
  readonly awaitedRetries: number;
  readonly alerts: number;
  readonly unsentAlerts: number;
  readonly unsentErrors: number;
  readonly lateObservations: number;
  readonly anomalies: number;
}

export interface Tables {
  counts(): Promise<TableCounts>;
  /** The files (`<object key>@<ETag>`) whose rows are not all on Kafka yet. */
  notIngested(sources: readonly string[]): Promise<string[]>;
  /** Newest first. */
  lastAlerts(limit: number): Promise<AlertLine[]>;
  /** The drift over all features; undefined before it is first computed. */
  drift(): Promise<number | undefined>;
  /** On all labels received so far; undefined before the first. */
  evaluation(): Promise<Evaluation | undefined>;
  close(): Promise<void>;
}

/** One statement, so that all counts are from the same moment. */
const countAll = `
  select files.*, errors.*, retries.*, alerts.*, watched.*
    from (select count(*)::float8                       as "filesRead",
                 count(*) filter (where rows_read = 0)::float8 as "filesWithoutRows",
                 coalesce(sum(rows_read), 0)::float8    as "rowsRead",
                 coalesce(sum(rows_valid), 0)::float8   as "rowsValid",
                 coalesce(sum(rows_invalid), 0)::float8 as "rowsInvalid"
            from ingested_files
           where ingested_at is not null and key like 'incoming/observations/%') files,
         -- A file that was refused whole is one error without a row; its rows count as refused, not as invalid.
         (select count(*) filter (where error_type <> 'RETRY_EXHAUSTED'
                                    and not (error_type in ('UNREADABLE_FILE', 'FORMAT_MISMATCH') and raw_row is null))::float8
                   as "errorsStored",
                 count(*) filter (where error_type = 'RETRY_EXHAUSTED')::float8              as "retriesExhausted",
                 count(*) filter (where not slack_sent and slack_given_up_at is null)::float8 as "unsentErrors"
            from error_weather_data) errors,
         (select count(*)::float8             as "retried",
                 count(next_attempt)::float8  as "awaitedRetries"
            from applied_origins
           where origin ~ '^weather-data(@|/)' and consumer not in ('record-errors', 'record-failed-batches')) retries,
         (select count(*)::float8                                                             as "alerts",
                 count(*) filter (where not slack_sent and slack_given_up_at is null)::float8 as "unsentAlerts"
            from weather_alerts) alerts,
         (select coalesce(sum(value) filter (where name = '${counters.weatherLateObservations.name}'), 0)::float8
                   as "lateObservations",
                 coalesce(sum(value) filter (where name = '${counters.weatherAnomalies.name}'), 0)::float8 as "anomalies"
            from metric_counters) watched`;

const selectNotIngested = `
  select source
    from unnest($1::text[]) as dropped(source)
   where not exists (select from ingested_files i where i.source = dropped.source and i.ingested_at is not null)`;

const selectLastAlerts = `
  select event_time as "eventTime", location, alert_type as type, value
    from weather_alerts
   order by alert_id desc
   limit $1`;

const selectDrift = `
  select value from metric_gauges
   where name = '${gauges.fraudModelFeatureDrift.name}' and labels = '{"feature": "overall"}'`;

const selectEvaluation = `
  select p.value as precision, r.value as recall, e.labelled, e.frauds
    from metric_gauges p, metric_gauges r,
         (select coalesce(sum(true_positives + false_negatives), 0)::float8 as frauds,
                 coalesce(sum(true_positives + false_positives + true_negatives + false_negatives), 0)::float8 as labelled
            from model_evaluations
           where maturity = 'any') e
   where p.name = '${gauges.fraudModelPrecision.name}' and p.labels = '{"maturity": "any"}'
     and r.name = '${gauges.fraudModelRecall.name}' and r.labels = '{"maturity": "any"}'`;

/** Reads the platform's tables. */
export const readTables = ({ query, close }: Pick<Database, 'query' | 'close'>): Tables => ({
  counts: async () => {
    const [counts] = await query<TableCounts & QueryResultRow>(countAll);
    if (!counts) throw new Error('Postgres returned no counts');
    return counts;
  },
  notIngested: async (sources) => {
    const fileOf = new Map(sources.map((source) => [sourceId(source), source]));
    const rows = await query<{ source: string }>(selectNotIngested, [[...fileOf.keys()]]);
    return rows.flatMap(({ source }) => fileOf.get(source) ?? []);
  },
  lastAlerts: (limit) => query<AlertLine & QueryResultRow>(selectLastAlerts, [limit]),
  drift: async () => (await query<{ value: number }>(selectDrift))[0]?.value,
  evaluation: async () => (await query<Evaluation & QueryResultRow>(selectEvaluation))[0],
  close,
});
