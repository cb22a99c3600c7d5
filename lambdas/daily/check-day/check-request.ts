const dayMs = 24 * 60 * 60 * 1000;

export interface CheckRequest {
  /** YYYY-MM-DD, in UTC. */
  readonly day: string;
  readonly startedAtMs: number;
  readonly executionId: string;
  /** The offsets that an earlier check of this execution began to wait for, if there was one. */
  readonly ends: readonly TopicEnd[] | undefined;
}

/**
 * The end of a partition of `weather-data` at some time: the check waits for the records below `endOffset`.
 */
export interface TopicEnd {
  readonly partition: number;
  readonly endOffset: number;
}

/**
 * Reads the event of the workflow's state. Without a given day, the day is yesterday.
 * @throws Error that names the field that is missing or wrong
 */
export function readRequest(event: unknown): CheckRequest {
  const fields = asObject(event, 'The event');
  const startedAtMs = Date.parse(textOf(fields, 'startedAt'));
  if (Number.isNaN(startedAtMs)) throw new Error(`startedAt is "${fields.startedAt}", expected a time`);
  const { day: given } = asObject(fields.given, 'given');
  const { ends } = asObject(fields.lastCheck, 'lastCheck');
  const yesterday = new Date(startedAtMs - dayMs).toISOString().slice(0, 10);
  return {
    day: given === undefined || given === null ? yesterday : dayOf(given),
    startedAtMs,
    executionId: textOf(fields, 'executionId'),
    ends: ends === undefined ? undefined : endsOf(ends),
  };
}

function dayOf(value: unknown): string {
  const isDay =
    typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value));
  if (!isDay || new Date(value).toISOString().slice(0, 10) !== value)
    throw new Error(`day is ${JSON.stringify(value)}, expected a date like 2024-01-01`);
  return value;
}

function endsOf(ends: unknown): TopicEnd[] {
  if (!Array.isArray(ends)) throw new Error('lastCheck.ends is not a list');
  return ends.map((end) => {
    const { partition, endOffset } = asObject(end, 'An entry of lastCheck.ends');
    if (typeof partition !== 'number' || typeof endOffset !== 'number')
      throw new Error('An entry of lastCheck.ends has no partition or no endOffset');
    return { partition, endOffset };
  });
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`${what} is not an object`);
  return value as Record<string, unknown>;
}

function textOf(fields: Record<string, unknown>, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw new Error(`${name} is missing`);
  return value;
}
