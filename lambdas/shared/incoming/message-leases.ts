import type { SQSRecord } from 'aws-lambda';
import { backoffSeconds } from '../retry/backoff.ts';
import type { KeepAway } from './queue-visibility.ts';

/** How long a message stays hidden after the process that handles it has died. */
const leaseSeconds = 60;
const renewEveryMs = 20_000;
const delays = { firstDelaySeconds: 5, maxDelaySeconds: 300 };

/** A message in progress. Call `done` or `failed` at its end. */
export interface MessageLease {
  readonly done: () => void;
  /** Makes the message visible again after a delay that grows with each failure. */
  readonly failed: () => Promise<void>;
}

/**
 * The visibility timeout of a queue is as long as its function may run, so a file would wait for minutes
 * after a temporary failure. Here a message is leased for a minute, and the lease is renewed during the work.
 * A failed message comes back after 5 s, 10 s, 20 s, … 300 s.
 */
export const messageLeases =
  (keepAway: KeepAway) =>
  (message: SQSRecord): MessageLease => {
    let renewed = keepAway(message, leaseSeconds);
    const timer = setInterval(() => {
      renewed = renewed.then(() => keepAway(message, leaseSeconds));
    }, renewEveryMs);
    return {
      done: () => clearInterval(timer),
      failed: async () => {
        clearInterval(timer);
        await renewed;
        const failures = Number(message.attributes.ApproximateReceiveCount);
        await keepAway(message, backoffSeconds(failures, delays, 0));
      },
    };
  };
