import type { SQSRecord } from 'aws-lambda';
import { backoffSeconds } from '../retry/backoff.ts';
import type { KeepAway } from './queue-visibility.ts';

/** How long a message stays away when the process that works on it has died. */
const leaseSeconds = 60;
const renewEveryMs = 20_000;
const delays = { firstDelaySeconds: 5, maxDelaySeconds: 300 };

/** A message that is being worked on. One of the two is called at its end. */
export interface MessageLease {
  readonly done: () => void;
  /** Has the message come back soon, and later each time. */
  readonly failed: () => Promise<void>;
}

/**
 * A queue keeps a message away for as long as its function may run, so one file that met a passing trouble, or the death of its
 * process, would wait for minutes. Here a message is leased for a minute, again and again while the work goes on; a failed one comes
 * back after 5 s, 10 s, 20 s, … 300 s.
 */
export const messageLeases =
  (keepAway: KeepAway) =>
  (message: SQSRecord): MessageLease => {
    let asked = keepAway(message, leaseSeconds);
    const timer = setInterval(() => {
      asked = asked.then(() => keepAway(message, leaseSeconds));
    }, renewEveryMs);
    return {
      done: () => clearInterval(timer),
      failed: async () => {
        clearInterval(timer);
        await asked;
        const failures = Number(message.attributes.ApproximateReceiveCount);
        await keepAway(message, backoffSeconds(failures, delays, 0));
      },
    };
  };
