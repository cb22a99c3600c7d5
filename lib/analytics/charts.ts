import type { CfnDataSet } from 'aws-cdk-lib/aws-quicksight';
import { namedQueries } from './named-queries.ts';

/** QuickSight's name of each type of Athena. */
const quickSightTypes = {
  bigint: 'INTEGER',
  date: 'DATETIME',
  double: 'DECIMAL',
  varchar: 'STRING',
} as const;

/** Columns of each named query with their Athena types. A test runs the queries and compares. */
export const queryColumns = {
  'weather-by-day': {
    event_date: 'date',
    location: 'varchar',
    observations: 'bigint',
    temperature_c_min: 'double',
    temperature_c_mean: 'double',
    temperature_c_max: 'double',
    completeness: 'double',
    alerts: 'bigint',
  },
  'completeness-by-day': {
    event_date: 'date',
    cities: 'bigint',
    observations: 'bigint',
    completeness: 'double',
    most_silent: 'varchar',
  },
  'landed-by-day': {
    ingest_date: 'date',
    observations: 'bigint',
    cities: 'bigint',
    kafka_partitions: 'bigint',
    median_age_s: 'bigint',
  },
  'error-rate-by-file': { file_name: 'varchar', landed: 'bigint', rejected: 'bigint', error_rate: 'double' },
  'errors-by-type': { error_type: 'varchar', errors: 'bigint', files: 'bigint', example: 'varchar' },
} as const satisfies Record<string, Record<string, keyof typeof quickSightTypes>>;

export type Query = keyof typeof queryColumns;

/** A chart of the dashboard, which shows the result of one named query. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly query: Query;
  readonly shape:
    | { readonly kind: 'table' }
    | {
        readonly kind: 'line' | 'bar';
        readonly by: string;
        /** One line, or one part of the bar, for each value of this column. */
        readonly split?: string;
        readonly value: string;
        readonly combine: 'SUM' | 'AVERAGE';
      };
}

/** In the order of the dashboard, two in a row. */
export const charts: readonly Chart[] = [
  {
    id: 'mean-temperature',
    title: 'Mean temperature (°C) by day and city',
    query: 'weather-by-day',
    shape: {
      kind: 'line',
      by: 'event_date',
      split: 'location',
      value: 'temperature_c_mean',
      combine: 'AVERAGE',
    },
  },
  {
    id: 'alerts',
    title: 'Alerts by city, last 30 days',
    query: 'weather-by-day',
    shape: { kind: 'bar', by: 'location', value: 'alerts', combine: 'SUM' },
  },
  {
    id: 'completeness',
    title: 'Share of hours with observations, mean of all cities',
    query: 'completeness-by-day',
    shape: { kind: 'line', by: 'event_date', value: 'completeness', combine: 'AVERAGE' },
  },
  {
    id: 'landed',
    title: 'Observations landed by day',
    query: 'landed-by-day',
    shape: { kind: 'bar', by: 'ingest_date', value: 'observations', combine: 'SUM' },
  },
  {
    id: 'error-rate',
    title: 'Error rate by file, last 7 days',
    query: 'error-rate-by-file',
    shape: { kind: 'table' },
  },
  {
    id: 'errors-by-type',
    title: 'Errors by type, last 7 days',
    query: 'errors-by-type',
    shape: { kind: 'bar', by: 'error_type', value: 'errors', combine: 'SUM' },
  },
];

export const columnsOf = (query: Query): CfnDataSet.InputColumnProperty[] =>
  Object.entries(queryColumns[query]).map(([name, type]) => ({ name, type: quickSightTypes[type] }));

export const isDate = (query: Query, column: string): boolean =>
  Object.entries(queryColumns[query]).some(([name, type]) => name === column && type === 'date');

/** The text of a named query. @throws Error when there is none of this name */
export function sqlOf(query: Query): string {
  const found = namedQueries.find(({ name }) => name === query);
  if (!found)
    throw new Error(`No named query "${query}" in lib/analytics/named-queries.ts, but a chart shows it.`);
  return found.sql.trim();
}
