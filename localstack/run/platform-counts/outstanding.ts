import type { PlatformCounts } from '../../terminal/state.ts';

/** The unfinished work of the platform. */
export interface Workload {
  readonly counts: PlatformCounts;
  /** Dropped files (`<object key>@<ETag>`) that are not in `ingested_files`. */
  readonly notIngested: readonly string[];
  /** Messages per queue. */
  readonly queues: Readonly<Record<string, number>>;
  readonly unsentAlerts: number;
  readonly unsentErrors: number;
  /** Records whose next attempt has not happened yet. */
  readonly awaitedRetries: number;
}

const some = (count: number, singular: string, plural: string, rest: string): string[] =>
  count > 0 ? [`${count} ${count === 1 ? singular : plural} ${rest}`] : [];

/** The unfinished work as texts, each with a number; empty when all work is done. */
export const outstanding = ({
  counts,
  notIngested,
  queues,
  unsentAlerts,
  unsentErrors,
  awaitedRetries,
}: Workload): string[] => [
  ...some(notIngested.length, 'file', 'files', `not ingested, first ${notIngested[0]}`),
  ...Object.entries(queues).flatMap(([queue, messages]) =>
    some(messages, 'message', 'messages', `in ${queue}`),
  ),
  ...Object.entries(counts.lag).flatMap(([group, records]) =>
    some(records, 'record', 'records', `not consumed by ${group}`),
  ),
  ...some(counts.rowsValid - counts.rowsLanded, 'valid row', 'valid rows', 'not landed'),
  ...some(counts.rowsInvalid - counts.errorsStored, 'invalid row', 'invalid rows', 'not stored as errors'),
  ...some(awaitedRetries, 'retry', 'retries', 'pending'),
  ...some(unsentAlerts, 'alert', 'alerts', 'not sent to Slack'),
  ...some(unsentErrors, 'error', 'errors', 'not sent to Slack'),
];
