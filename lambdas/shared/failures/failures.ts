import type { ErrorType } from '../wire/error-record.ts';

/** An invalid record, which no retry can help. It goes to `error-data` with this type and reason. */
export class BadRecord extends Error {
  readonly errorType: ErrorType;

  constructor(errorType: ErrorType, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'BadRecord';
    this.errorType = errorType;
  }
}

/** A temporary failure of one record. The record goes to `retry-data`. */
export class Transient extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'Transient';
  }
}

/**
 * Returns whether a dependency is down. An outage affects every record, so the batch must fail and its offset
 * must hold until the outage is over. Any other error may be caused by a single record.
 */
export function isOutage(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code, $metadata, $fault }: AwsOrSystemError = cause;
    if (code !== undefined && outageCode.test(code)) return true;
    if (outageMessage.test(cause.message)) return true;
    if ($fault === 'server' || [429, 503].includes($metadata?.httpStatusCode ?? 0)) return true;
    if (outageNames.has(cause.name)) return true;
  }
  return false;
}

interface AwsOrSystemError extends Error {
  readonly code?: string;
  readonly $fault?: 'client' | 'server';
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * Network errors of Node.js, and errors of Postgres:
 * - connection (08), resources (53), operator intervention (57), system (58), internal error (XX)
 * - idle-in-transaction timeout (25P03), transaction timeout (25P04), lock timeout (55P03)
 * - read-only standby (25006), failed login (28), missing table or privilege (42)
 * https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const outageCode = /^(E[A-Z]{3,}|08...|28...|42...|53...|57...|58...|XX...|25P03|25P04|55P03|25006)$/;

/** Messages of `pg` errors that have no code. */
const outageMessage =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Error names of the AWS SDK and kafkajs for a service that cannot be reached. */
const outageNames = new Set([
  'TimeoutError',
  'NetworkingError',
  'ThrottlingException',
  'CredentialsProviderError',
  'KafkaJSConnectionError',
  'KafkaJSNumberOfRetriesExceeded',
]);
