import type { MiddlewareObj } from '@middy/core';
import type { Log } from '../aws/log.ts';
import { BadRecord, isOutage } from '../failures/failures.ts';
import type { Status } from '../metrics/metrics.ts';

/** Rejects a request with this status. The message goes to the caller, as JSON. */
export class Refusal extends Error {
  readonly statusCode: Status;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    statusCode: Status,
    reason: string,
    options?: ErrorOptions & { headers?: Record<string, string> },
  ) {
    super(reason, options);
    this.name = 'Refusal';
    this.statusCode = statusCode;
    this.headers = options?.headers ?? {};
  }
}

/**
 * Converts errors to JSON responses for the error handler: 4xx with the reason, or 503 during an outage. Any
 * other error is a bug: it is logged, and the caller gets a plain 500.
 */
export const refusals = (log: Log): MiddlewareObj => ({
  onError: (request) => {
    const { error } = request;
    if (error === null) return;
    const refusal = refusalOf(error);
    if (refusal === undefined || refusal.statusCode >= 500) log.error('request failed', { error });
    if (refusal === undefined) return;
    const { statusCode, headers, message } = refusal;
    request.error = Object.assign(new Error(JSON.stringify({ error: message })), {
      statusCode,
      headers,
      expose: true,
    });
  },
});

function refusalOf(error: Error): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof BadRecord) return new Refusal(400, error.message);
  if (isOutage(error)) return new Refusal(503, 'Service Unavailable', { headers: { 'Retry-After': '1' } });
  const { statusCode, message } = error as Error & { statusCode?: number };
  // The body parser throws 415 for another content type and for broken JSON. Its error contains the body, so
  // it is replaced.
  if (statusCode !== 415) return undefined;
  return message === 'Unsupported Media Type'
    ? new Refusal(415, 'Content-Type: expected application/json')
    : new Refusal(400, 'body: found no JSON, expected a JSON object');
}
