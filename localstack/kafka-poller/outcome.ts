/**
 * The result of one invoke. After `throttled` and `unreachable` the function did not run, as far as the
 * poller can know.
 */
export type InvokeResult =
  | { kind: 'success'; response: Buffer; invocation: Invocation }
  | { kind: 'function-error'; invocation: Invocation }
  | { kind: 'throttled'; reason: string }
  | { kind: 'unreachable'; reason: string };

export type Invocation = {
  requestId: string;
  statusCode: number;
  executedVersion: string;
  /** Absent when the function answered, even if the answer names failed records. */
  functionError?: string;
};

/**
 * The settings of a mapping for failed invokes. -1 means "no limit", as in the API. They have no effect on
 * demand.
 */
export type FailureSettings = {
  provisioned: boolean;
  maxRetryAttempts: number;
  bisect: boolean;
  reportItemFailures: boolean;
  hasDestination: boolean;
};

/**
 * The records that were sent: the partition as events name it ("topic-0"), the offsets (only needed after a
 * failure), and the retries so far.
 */
export type Sent = { partition: string; offsets: () => Set<number>; retries: number };

export type Outcome =
  | { do: 'commit' }
  | { do: 'retry'; offsets: Set<number>; countsAsRetry: boolean; reason: string }
  | { do: 'bisect'; reason: string }
  | { do: 'discard'; offsets: Set<number>; reason: string };

/**
 * The limit when a mapping has a destination and sets none:
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html
 */
const RETRIES_WITH_DESTINATION = 10;

/**
 * Decides what to do after an invoke:
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html. Without provisioned pollers a
 * failed batch is retried whole until it succeeds.
 */
export function decide(result: InvokeResult, sent: Sent, settings: FailureSettings): Outcome {
  if (result.kind === 'throttled' || result.kind === 'unreachable') {
    return { do: 'retry', offsets: sent.offsets(), countsAsRetry: false, reason: result.reason };
  }
  if (result.kind === 'function-error')
    return afterFailure(sent.offsets(), result.invocation.functionError ?? 'function error', sent, settings);
  if (!settings.provisioned || !settings.reportItemFailures) return { do: 'commit' };

  const failed = failedOffsets(result.response, sent);
  if (failed === 'malformed')
    return afterFailure(sent.offsets(), 'malformed batchItemFailures', sent, settings);
  if (failed.size === 0) return { do: 'commit' };
  return afterFailure(failed, 'batch item failures', sent, settings);
}

function afterFailure(offsets: Set<number>, reason: string, sent: Sent, settings: FailureSettings): Outcome {
  if (!settings.provisioned) return { do: 'retry', offsets, countsAsRetry: true, reason };
  const whole = offsets.size === sent.offsets().size;
  if (settings.bisect && whole && offsets.size > 1) return { do: 'bisect', reason };
  if (sent.retries >= retryLimit(settings)) return { do: 'discard', offsets, reason };
  return { do: 'retry', offsets, countsAsRetry: true, reason };
}

function retryLimit({ maxRetryAttempts, hasDestination }: FailureSettings): number {
  if (maxRetryAttempts >= 0) return maxRetryAttempts;
  return hasDestination ? RETRIES_WITH_DESTINATION : Number.POSITIVE_INFINITY;
}

/** The offsets that a response names as failed. Empty when the response means success. */
function failedOffsets(response: Buffer, { partition, offsets }: Sent): Set<number> | 'malformed' {
  const failures = itemFailures(response);
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return 'malformed';
  const sent = offsets();
  const failed = new Set<number>();
  for (const failure of failures) {
    const item: unknown = failure?.itemIdentifier;
    if (!isPosition(item) || item.partition !== partition || !sent.has(item.offset)) return 'malformed';
    failed.add(item.offset);
  }
  return failed;
}

function itemFailures(response: Buffer): unknown {
  try {
    const answer: unknown = JSON.parse(response.toString());
    return typeof answer === 'object' && answer !== null && 'batchItemFailures' in answer
      ? answer.batchItemFailures
      : undefined;
  } catch {
    // A response that is not JSON names no failures.
    return undefined;
  }
}

function isPosition(item: unknown): item is { partition: string; offset: number } {
  return (
    typeof item === 'object' &&
    item !== null &&
    'partition' in item &&
    typeof item.partition === 'string' &&
    'offset' in item &&
    typeof item.offset === 'number'
  );
}
