import pg from 'pg';
import { counters, gauges } from '../../../lambdas/shared/metrics/metrics.ts';
import type { AlertLine, Judged } from '../../terminal/state.ts';

interface TableCounts {
  readonly filesRead: number;
  readonly rowsRead: number;
  readonly rowsValid: number;
  readonly rowsInvalid: number;
  readonly errorsStored: number;
  readonly retried: number;
  readonly retriesExhausted: number;
  /** Records that are on their way round, or have yet to be given up. */
  readonly awaitedRetries: number;
  readonly alerts: number;
  readonly unsentAlerts: number;
  readonly unsentErrors: number;
  readonly lateObservations: number;
  readonly anomalies: number;
}

export interface Tables {
  counts(): Promise<TableCounts>;
  /** Those of these files (`<object key>@<ETag>`) of which not every row is on Kafka yet. */
  notIngested(sources: readonly string[]): Promise<string[]>;
  /** Newest first. */
  lastAlerts(limit: number): Promise<AlertLine[]>;
  /** Of all features of transactions together; undefined as long as there is none. */
  drift(): Promise<number | undefined>;
  /** By all labels that are known; undefined as long as there are none. */
  judged(): Promise<Judged | undefined>;
  close(): Promise<void>;
}

/** One statement, so that all counts are of one moment. */
const countAll = `
  select files.*, errors.*, retries.*, alerts.*, watched.*
    from (select count(*)::float8                       as "filesRead",
                 coalesce(sum(rows_read), 0)::float8    as "rowsRead",
                 coalesce(sum(rows_valid), 0)::float8   as "rowsValid",
                 coalesce(sum(rows_invalid), 0)::float8 as "rowsInvalid"
            from ingested_files
           where source like 'incoming/observations/%') files,
         (select count(*) filter (where error_type <> 'RETRY_EXHAUSTED')::float8             as "errorsStored",
                 count(*) filter (where error_type = 'RETRY_EXHAUSTED')::float8              as "retriesExhausted",
                 count(*) filter (where not slack_sent and slack_given_up_at is null)::float8 as "unsentErrors"
            from error_weather_data) errors,
         (select count(*)::float8             as "retried",
                 count(next_attempt)::float8  as "awaitedRetries"
            from applied_origins
           where origin like 'weather-data/%' and consumer not in ('record-errors', 'record-failed-batches')) retries,
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
   where not exists (select from ingested_files i where i.source = dropped.source)`;

const selectLastAlerts = `
  select event_time as "eventTime", location, alert_type as type, value
    from weather_alerts
   order by alert_id desc
   limit $1`;

const selectDrift = `
  select value from metric_gauges
   where name = '${gauges.fraudModelFeatureDrift.name}' and labels = '{"feature": "overall"}'`;

const selectJudged = `
  select p.value as precision, r.value as recall, e.labelled, e.frauds
    from metric_gauges p, metric_gauges r,
         (select coalesce(sum(true_positives + false_negatives), 0)::float8 as frauds,
                 coalesce(sum(true_positives + false_positives + true_negatives + false_negatives), 0)::float8 as labelled
            from model_evaluations
           where maturity = 'any') e
   where p.name = '${gauges.fraudModelPrecision.name}' and p.labels = '{"maturity": "any"}'
     and r.name = '${gauges.fraudModelRecall.name}' and r.labels = '{"maturity": "any"}'`;

/** The platform's tables, read over a single connection that is opened when needed. */
export const readTables = (connectionString: string): Tables => {
  const pool = new pg.Pool({
    connectionString,
    max: 1,
    connectionTimeoutMillis: 5000,
    allowExitOnIdle: true,
  });
  // An idle connection may break; the next query opens another.
  pool.on('error', () => {});
  return {
    counts: async () => {
      const { rows } = await pool.query<TableCounts>(countAll);
      if (!rows[0]) throw new Error('Postgres answered no counts');
      return rows[0];
    },
    notIngested: async (sources) => {
      const { rows } = await pool.query<{ source: string }>(selectNotIngested, [sources]);
      return rows.map(({ source }) => source);
    },
    lastAlerts: async (limit) => (await pool.query<AlertLine>(selectLastAlerts, [limit])).rows,
    drift: async () => (await pool.query<{ value: number }>(selectDrift)).rows[0]?.value,
    judged: async () => (await pool.query<Judged>(selectJudged)).rows[0],
    close: () => pool.end(),
  };
};
