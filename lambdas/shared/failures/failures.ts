import type { ErrorType } from '../wire/error-record.ts';

/** A record that no retry can mend. It goes to `error-data` with this type and reason. */
export class BadRecord extends Error {
  readonly errorType: ErrorType;

  constructor(errorType: ErrorType, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'BadRecord';
    this.errorType = errorType;
  }
}

/** Trouble with one record that is expected to pass. The record goes to `retry-data`. */
export class Transient extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'Transient';
  }
}

/**
 * Whether the trouble is with what the work depends on, and so with every record alike: the offset has to hold until it is
 * over. Whatever else fails may be the fault of a record.
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
 * Node's network errors, and of Postgres: connection (08), resources (53), operator (57), system (58), a session that was
 * ended for idling in its transaction (25P03) or for how long that took (25P04), a lock that was not to be had in time (55P03), a read-only standby (25006), a refused login (28), a table or a right that is
 * missing (42), an internal error (XX).
 * https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const outageCode = /^(E[A-Z]{3,}|08...|28...|42...|53...|57...|58...|XX...|25P03|25P04|55P03|25006)$/;

/** What `pg` throws without a code. */
const outageMessage =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** The AWS SDK's and kafkajs's names for a far side that cannot be reached. */
const outageNames = new Set([
  'TimeoutError',
  'NetworkingError',
  'ThrottlingException',
  'CredentialsProviderError',
  'KafkaJSConnectionError',
  'KafkaJSNumberOfRetriesExceeded',
]);
