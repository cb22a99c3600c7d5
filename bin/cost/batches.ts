/** How records come to a consumer and leave it. */
export interface Batching {
  readonly recordsPerSecond: number;
  /** Records that come at once, such as the rows of a file, and how long they take to come. */
  readonly burstRecords: number;
  readonly burstSeconds: number;
  /** Most records of an invocation. */
  readonly batchRecords: number;
  /** The batching window. */
  readonly windowSeconds: number;
  /** How long an invocation takes. */
  readonly secondsPerInvocation: number;
  readonly pollers: number;
}

/**
 * Invocations of one poller at a time.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html
 */
const invocationsAtOnce = 5;

/**
 * Invocations a second. A batch ends when it is full, or when its window ends. Without a window it ends as
 * soon as one of the poller's invocations is free. Each poller has its share of every burst.
 */
export function batchesPerSecond(batching: Batching): number {
  const { recordsPerSecond, burstRecords, burstSeconds, batchRecords, pollers } = batching;
  if (recordsPerSecond === 0) return 0;
  const gapSeconds = Math.max(batching.windowSeconds, batching.secondsPerInvocation / invocationsAtOnce);
  const bursts = recordsPerSecond / burstRecords;
  const shareOfBurst = Math.min(pollers, burstRecords);
  const byTime = Math.min(
    pollers / gapSeconds,
    bursts * shareOfBurst * Math.max(1, burstSeconds / gapSeconds),
  );
  return Math.max(recordsPerSecond / batchRecords, byTime);
}

/** 5 MB/s of one poller, and 6 MB of an event. */
const pollerBytesPerSecond = 5_000_000;
const eventBytes = 6_000_000;

export const pollersFor = (
  bytesPerSecond: number,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): number => Math.min(maximum, Math.max(minimum, Math.ceil(bytesPerSecond / pollerBytesPerSecond)));

export const recordsOfBatch = (batchSize: number, bytesPerRecord: number): number =>
  Math.min(batchSize, Math.floor(eventBytes / bytesPerRecord));

/** An event poller unit has 10 pollers, or 20 MB/s. */
export const pollerUnits = (pollers: number, bytesPerSecond: number): number =>
  Math.max(Math.ceil(pollers / 10), Math.ceil(bytesPerSecond / 20_000_000));
