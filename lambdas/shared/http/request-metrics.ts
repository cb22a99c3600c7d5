import type { Log } from '../aws/log.ts';
import { addedUp, addToMetrics, type MetricDeltas, observed } from '../metrics/metric-tables.ts';
import { counters, histograms } from '../metrics/metrics.ts';
import type { Query } from '../postgres/database.ts';
import type { RecordRequest } from './observe.ts';

/** Rows of one series, so that functions that answer at the same time do not wait for each other to count. */
const shards = 8;

export interface RequestMetricsOptions {
  readonly query: Query;
  readonly log: Log;
}

/**
 * Counts requests in the database before they are answered. Not later: between two requests Lambda freezes a function, and
 * ends it without a word. What the database does not take is kept for the next request.
 */
export function requestMetrics({ query, log }: RequestMetricsOptions): RecordRequest {
  const shard = String(Math.floor(Math.random() * shards));
  const nothing: MetricDeltas = { counters: [], histograms: [] };
  let waiting = nothing;

  return async ({ route, method, status, seconds }) => {
    const labels = { route, method, status: String(status), shard };
    const taken = addedUp(waiting, {
      counters: [{ name: counters.httpRequests.name, labels, by: 1 }],
      histograms: [observed(histograms.httpRequestDuration, { route, method, shard }, seconds)],
    });
    waiting = nothing;
    try {
      await addToMetrics(query, taken);
    } catch (error) {
      waiting = addedUp(waiting, taken);
      const requests = taken.counters.reduce((sum, { by }) => sum + by, 0);
      log.error('requests could not be counted: they are with the next one', { requests, error });
    }
  };
}
