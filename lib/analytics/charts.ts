import type { CfnDataSet } from 'aws-cdk-lib/aws-quicksight';
import { namedQueries } from './named-queries.ts';

/** What Athena gives, as QuickSight takes it. */
const quickSightTypes = {
  bigint: 'INTEGER',
  date: 'DATETIME',
  double: 'DECIMAL',
  varchar: 'STRING',
} as const;

/** What a named query answers: its columns and their types, in Athena's words. A test asks them. */
export const answers = {
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

export type Query = keyof typeof answers;

/** One chart of the dashboard, over what one named query answers. */
export interface Picture {
  readonly id: string;
  readonly title: string;
  readonly query: Query;
  readonly shape:
    | { readonly kind: 'table' }
    | {
        readonly kind: 'line' | 'bar';
        readonly by: string;
        /** A line or a part of the bar for each. */
        readonly split?: string;
        readonly value: string;
        readonly combine: 'SUM' | 'AVERAGE';
      };
}

/** In the order they stand, two in a row. */
export const pictures: readonly Picture[] = [
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
    title: 'Share of the hours in which cities were heard of',
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
  Object.entries(answers[query]).map(([name, type]) => ({ name, type: quickSightTypes[type] }));

export const isDate = (query: Query, column: string): boolean =>
  Object.entries(answers[query]).some(([name, type]) => name === column && type === 'date');

/** @throws Error when no query has the name */
export function sqlOf(query: Query): string {
  const found = namedQueries.find(({ name }) => name === query);
  if (!found) throw new Error(`There is no named query "${query}" for a picture`);
  return found.sql.trim();
}
