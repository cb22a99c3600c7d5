import type { Log } from '../aws/log.ts';
import { addedUp, addToMetrics, type MetricDeltas, observed } from '../metrics/metric-tables.ts';
import { counters, histograms } from '../metrics/metrics.ts';
import type { Query } from '../postgres/database.ts';
import type { RecordRequest } from './observe.ts';

/** Rows of one series, so that concurrent functions rarely wait for the same row. */
const shards = 8;

export interface RequestMetricsOptions {
  readonly query: Query;
  readonly log: Log;
}

/**
 * Counts each request in the database before its response is sent, because Lambda freezes a function between
 * requests and may end it without notice. Counts that could not be stored are added to those of the next
 * request.
 */
export function requestMetrics({ query, log }: RequestMetricsOptions): RecordRequest {
  const shard = String(Math.floor(Math.random() * shards));
  const nothing: MetricDeltas = { counters: [], histograms: [] };
  let notStored = nothing;

  return async ({ route, method, status, seconds }) => {
    const labels = { route, method, status: String(status), shard };
    const deltas = addedUp(notStored, {
      counters: [{ name: counters.httpRequests.name, labels, by: 1 }],
      histograms: [observed(histograms.httpRequestDuration, { route, method, shard }, seconds)],
    });
    notStored = nothing;
    try {
      await addToMetrics(query, deltas);
    } catch (error) {
      notStored = addedUp(notStored, deltas);
      const requests = deltas.counters.reduce((sum, { by }) => sum + by, 0);
      log.error('counting requests failed: they are counted with the next request', { requests, error });
    }
  };
}
