import { addToMetrics } from '../../shared/metrics/metric-tables.ts';
import { counters, retryAttempts } from '../../shared/metrics/metrics.ts';
import type { Query } from '../../shared/postgres/database.ts';
import type { CountedRetry } from './retry-observations.ts';

/** Counters have a row per partition, whose lock this function holds in the ledger: no function waits. */
export const countRetries = (query: Query, retries: readonly CountedRetry[]): Promise<void> =>
  addToMetrics(query, {
    counters: retries.map(({ partition, attempt, by }) => ({
      name: counters.weatherRetries.name,
      labels: { attempt: retryAttempts[attempt - 1] ?? 'more', partition: `${partition}` },
      by,
    })),
    histograms: [],
  });
