import { measures } from '../../lambdas/shared/wire/measures.ts';

/** A column of the Data Catalog, with its Hive type. */
interface Column {
  readonly name: string;
  readonly type: string;
  readonly comment?: string;
}

export interface LakeTable {
  readonly name: string;
  readonly description: string;
  readonly format: 'parquet' | 'json';
  readonly prefix: string;
  readonly columns: readonly Column[];
  readonly partition: Column;
  /**
   * The first partition, where Athena computes the partitions (partition projection). Without it, the daily
   * workflow registers each partition when it publishes a day, and points it at the folder of one run.
   */
  readonly projectedFrom?: string;
}

const measureColumns = Object.values(measures).map(({ column }) => column);
const statistics = ['min', 'mean', 'max', 'stddev', 'p05', 'p50', 'p95'] as const;

const columns = (types: Readonly<Record<string, string>>): Column[] =>
  Object.entries(types).map(([name, type]) => ({ name, type }));

/** As lambdas/weather/land-observations/parquet.ts writes them; a test compares the two. */
const observationColumns = columns({
  location: 'string',
  date_time: 'timestamp',
  ...Object.fromEntries(measureColumns.map((column) => [column, 'double'])),
  source: 'string',
  row: 'bigint',
  _topic: 'string',
  _partition: 'int',
  _offset: 'bigint',
  _timestamp: 'timestamp',
});

const eventDate: Column = { name: 'event_date', type: 'date', comment: 'The day of date_time, in UTC' };

export const rawObservations: LakeTable = {
  name: 'raw_observations',
  description: 'Observations as they landed from Kafka, each record once, of all versions of each file',
  format: 'parquet',
  prefix: 'raw/observations/',
  columns: observationColumns,
  partition: { name: 'ingest_date', type: 'date', comment: 'The day the record arrived in Kafka, in UTC' },
  projectedFrom: '2024-01-01',
};

const curatedObservations: LakeTable = {
  name: 'curated_observations',
  description: 'Observations of each finished day, one for each location and time, in a few large objects',
  format: 'parquet',
  prefix: 'curated/observations/',
  columns: observationColumns,
  partition: eventDate,
};

const dailyWeather: LakeTable = {
  name: 'daily_weather',
  description: 'One row per location and finished day',
  format: 'parquet',
  prefix: 'daily/weather_summary/',
  columns: columns({
    location: 'string',
    observations: 'bigint',
    ...Object.fromEntries(
      measureColumns.flatMap((column) => statistics.map((statistic) => [`${column}_${statistic}`, 'double'])),
    ),
    rain_hours: 'int',
    hours_seen: 'int',
    completeness: 'double',
    alerts: 'bigint',
    first_seen: 'timestamp',
    last_seen: 'timestamp',
  }),
  partition: eventDate,
};

/** As lambdas/errors/record-errors/error-lines.ts writes them; a test compares the two. */
export const errorEvents: LakeTable = {
  name: 'error_events',
  description: 'Rejected rows and messages, with the reason',
  format: 'json',
  prefix: 'errors/',
  columns: columns({
    error_type: 'string',
    error_reason: 'string',
    raw_row: 'string',
    timestamp: 'string',
    file_name: 'string',
    retry_count: 'int',
    location: 'string',
    line_number: 'bigint',
    failed_in: 'string',
    cause: 'string',
    source: 'string',
    _topic: 'string',
    _partition: 'int',
    _offset: 'bigint',
  }),
  partition: { name: 'error_date', type: 'date', comment: 'The day the error arrived in Kafka, in UTC' },
  projectedFrom: '2024-01-01',
};

export const lakeTables: readonly LakeTable[] = [
  rawObservations,
  curatedObservations,
  dailyWeather,
  errorEvents,
];
