import type { ErrorType } from './error-record.ts';

/** A record that no retry can mend. It goes to `error-data` with this type and reason. */
export class BadRecord extends Error {
  readonly errorType: ErrorType;

  constructor(errorType: ErrorType, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'BadRecord';
    this.errorType = errorType;
  }
}

/** The far side answered "later" and said when. */
export class RateLimited extends Error {
  readonly retryAfterMs: number;

  constructor(attempt: string, retryAfterMs: number, options?: ErrorOptions) {
    super(`${attempt}: asked to wait ${retryAfterMs} ms`, options);
    this.name = 'RateLimited';
    this.retryAfterMs = retryAfterMs;
  }
}
