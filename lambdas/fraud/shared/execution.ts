/** The execution of a Step Functions workflow that invokes a function. */
export interface Execution {
  readonly startedAtMs: number;
  /** Stays the same when a state is retried, so that ids made from it do too. */
  readonly executionId: string;
}

/**
 * Reads the input that a workflow gives its first function.
 * @throws Error that names the missing or wrong field
 */
export function readExecution(event: unknown): Execution {
  const { startedAt, executionId } = Object(event) as Record<string, unknown>;
  const startedAtMs = Date.parse(String(startedAt));
  if (Number.isNaN(startedAtMs)) throw new Error(`startedAt: found "${startedAt}", expected a time`);
  if (typeof executionId !== 'string' || executionId === '')
    throw new Error('executionId: found nothing, expected a text');
  return { startedAtMs, executionId };
}
