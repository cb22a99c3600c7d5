import type { PlatformCounts } from '../../terminal/state.ts';

/** What tells whether work is under way. */
export interface Workload {
  readonly counts: PlatformCounts;
  /** Dropped files (`<object key>@<ETag>`) that are not in `ingested_files`. */
  readonly notIngested: readonly string[];
  /** Messages per queue. */
  readonly queues: Readonly<Record<string, number>>;
  readonly unsentAlerts: number;
  readonly unsentErrors: number;
  /** Records that were put off and are to come back. */
  readonly awaitedRetries: number;
}

const some = (amount: number, what: string): string[] =>
  amount > 0 ? [`${amount} ${amount === 1 ? what.replace(/s\b/, '') : what}`] : [];

/** What has not reached its end yet, in words, each with a number; empty when all is done. */
export const outstanding = ({
  counts,
  notIngested,
  queues,
  unsentAlerts,
  unsentErrors,
  awaitedRetries,
}: Workload): string[] => [
  ...some(notIngested.length, `files not ingested, the first ${notIngested[0]}`),
  ...Object.entries(queues).flatMap(([queue, messages]) => some(messages, `messages in ${queue}`)),
  ...Object.entries(counts.lag).flatMap(([group, records]) => some(records, `records before ${group}`)),
  ...some(counts.rowsValid - counts.rowsLanded, 'rows valid but not landed'),
  ...some(counts.rowsInvalid - counts.errorsStored, 'rows invalid but not stored as errors'),
  ...some(awaitedRetries, 'retries awaited'),
  ...some(unsentAlerts, 'alerts not sent to Slack'),
  ...some(unsentErrors, 'errors not sent to Slack'),
];
