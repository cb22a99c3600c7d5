import {
  type Loaded,
  loadDailySummary,
} from '../../../lambdas/daily/load-daily-summary/load-daily-summary.ts';
import { summaryTables } from '../../../lambdas/daily/load-daily-summary/summary-tables.ts';
import type { Database, Query } from '../../../lambdas/shared/postgres/database.ts';

/** A run's result: how many observations each location has. */
interface Result {
  readonly day: string;
  readonly runId: string;
  readonly rows: Readonly<Record<string, number>>;
  /** By default as many as `rows`. */
  readonly records?: number;
  readonly superseded?: string;
  readonly files?: readonly object[];
}

const measures = ['temperature_c', 'humidity_pct', 'precipitation_mm', 'wind_speed_kmh'];
const statistics = ['min', 'mean', 'max', 'stddev', 'p05', 'p50', 'p95'];

/** A row as the job writes it. One third tests rounding; one observation has no standard deviation. */
const summaryRow = (location: string, observations: number) => ({
  location,
  observations,
  ...Object.fromEntries(
    measures.flatMap((measure) => statistics.map((statistic) => [`${measure}_${statistic}`, 1 / 3])),
  ),
  temperature_c_stddev: null,
  rain_hours: 2,
  hours_seen: 24,
  completeness: 1,
  alerts: 3,
  first_seen: '2024-01-01T00:00:00.000Z',
  last_seen: '2024-01-01T23:59:59.999Z',
});

/** Loads within a transaction that the caller commits. */
export function loadResultWithin(
  tx: Query,
  { day, runId, rows, records, superseded = '', files = [] }: Result,
): Promise<Loaded> {
  const lines = Object.entries(rows).map(([location, count]) => JSON.stringify(summaryRow(location, count)));
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
  const report = {
    ...{ rows: total, records: records ?? total, digest: JSON.stringify(rows) },
    ...{ load: ['s3://lake/part-0.json'], files: ['s3://lake/files/part-0.json'] },
  };
  const readLines = async (location: string) =>
    location.includes('/files/') ? files.map((file) => JSON.stringify(file)) : lines;
  return loadDailySummary({ day, runId, superseded, report }, { ...summaryTables(tx), readLines });
}

export const loadResult = (database: Database, result: Result): Promise<Loaded> =>
  database.transaction((tx) => loadResultWithin(tx, result));
