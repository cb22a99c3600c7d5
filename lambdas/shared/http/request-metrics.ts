import type { Log } from '../aws/log.ts';
import { addedUp, addToMetrics, type MetricDeltas, observed } from '../metrics/metric-tables.ts';
import { counters, histograms, scrapedRoutes } from '../metrics/metrics.ts';
import type { Query } from '../postgres/database.ts';
import type { AnsweredRequest, RecordRequest } from './observe.ts';

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

  const deltasOf = ({ route, method, status: code, seconds }: AnsweredRequest): MetricDeltas => {
    const status = String(code);
    if (scrapedRoutes.some((scraped) => scraped === route)) {
      const labels = { route, status, shard };
      return { counters: [{ name: counters.httpScrapes.name, labels, by: 1 }], histograms: [] };
    }
    return {
      counters: [{ name: counters.httpRequests.name, labels: { route, method, status, shard }, by: 1 }],
      histograms: [observed(histograms.httpRequestDuration, { route, method, shard }, seconds)],
    };
  };

  return async (request) => {
    const deltas = addedUp(notStored, deltasOf(request));
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
