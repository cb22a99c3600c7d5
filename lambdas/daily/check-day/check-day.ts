import { createHash } from 'node:crypto';

export interface Request {
  /** YYYY-MM-DD, in UTC. */
  readonly day: string;
  readonly startedAtMs: number;
  readonly executionId: string;
  /** What an earlier check of this execution began to wait for, if one did. */
  readonly ends: readonly TopicEnd[] | undefined;
}

/** Where a partition of `weather-data` ended: records below `endOffset` are to be waited for. */
export interface TopicEnd {
  readonly partition: number;
  readonly endOffset: number;
}

export interface AlertCount {
  readonly location: string;
  readonly alertType: string;
  readonly alerts: number;
}

export interface LandedDate {
  readonly ingestDate: string;
  readonly rows: number;
}

export interface Ports {
  readonly readEnds: () => Promise<TopicEnd[]>;
  /** How many records below the ends the consumer has not applied. */
  readonly countBehind: (consumer: string, ends: readonly TopicEnd[]) => Promise<number>;
  /** How many locations were last heard of within these times, and so may have more to say. */
  readonly countSilentSince: (fromMs: number, toMs: number) => Promise<number>;
  readonly landedDates: (day: string) => Promise<LandedDate[]>;
  readonly alertCounts: (day: string) => Promise<AlertCount[]>;
  /** Stores the counts for the job to read and returns where. */
  readonly putAlertCounts: (key: string, counts: readonly AlertCount[]) => Promise<string>;
  readonly now: () => number;
}

export interface Limits {
  /** How long after its end a day waits for locations that have fallen silent. */
  readonly graceMs: number;
  /** How long an execution waits for a day to be complete. */
  readonly waitMs: number;
  readonly pollSeconds: number;
}

export interface DayCheck {
  readonly status: 'complete' | 'waiting' | 'incomplete';
  readonly reason: string;
  readonly day: string;
  readonly runId: string;
  /** When to ask again, if the day is to be waited for. */
  readonly pollSeconds: number;
  /** What is waited for; absent while locations may still be sending. */
  readonly ends?: readonly TopicEnd[];
  readonly rows: number;
  readonly ingestDates: string;
  readonly alertCounts: string;
}

const dayMs = 24 * 60 * 60 * 1000;
/** Whose results go into the day's: rows, and alerts. */
const consumers = ['land-observations', 'watch-weather'];

/**
 * A day is complete when it has ended, no location may still be sending, and everything that was on the topic by then has been landed
 * and watched. What is not so after a while makes the day incomplete, with the reason.
 */
export async function checkDay(request: Request, limits: Limits, ports: Ports): Promise<DayCheck> {
  const { day, startedAtMs } = request;
  const { pollSeconds } = limits;
  const known = { day, runId: runIdOf(request), pollSeconds };
  const unknown = { ...known, rows: 0, ingestDates: '', alertCounts: '' };
  if (ports.now() < endOf(day))
    return { ...unknown, status: 'incomplete', reason: `${day} has not ended (days are in UTC)` };

  const silent = await countSilent(day, limits, ports);
  const ends = silent > 0 ? undefined : (request.ends ?? (await ports.readEnds()));
  const check = { ...unknown, ...(ends && { ends }) };
  const pending = ends
    ? await findBehind(ends, ports)
    : `${silent} locations were not heard of since the day ended`;
  if (pending !== undefined) {
    const waitedOut = ports.now() >= startedAtMs + limits.waitMs;
    const waited = waitedOut ? `; waited ${Math.round(limits.waitMs / 60_000)} minutes` : '';
    return { ...check, status: waitedOut ? 'incomplete' : 'waiting', reason: `${pending}${waited}` };
  }

  const dates = await ports.landedDates(day);
  if (dates.length === 0)
    return { ...check, status: 'incomplete', reason: `No observation of ${day} has landed` };
  const key = `daily/alert_counts/event_date=${day}/run=${check.runId}.jsonl`;
  return {
    ...check,
    status: 'complete',
    reason: 'Everything produced before the check has landed',
    rows: dates.reduce((sum, { rows }) => sum + rows, 0),
    ingestDates: dates.map(({ ingestDate }) => ingestDate).join(','),
    alertCounts: await ports.putAlertCounts(key, await ports.alertCounts(day)),
  };
}

const endOf = (day: string) => Date.parse(day) + dayMs;

/** Locations that may still be sending: heard of in the day and not since. After a while they are taken for silent. */
async function countSilent(day: string, { graceMs }: Limits, ports: Ports): Promise<number> {
  const endMs = endOf(day);
  return ports.now() >= endMs + graceMs ? 0 : ports.countSilentSince(endMs - dayMs, endMs);
}

async function findBehind(ends: readonly TopicEnd[], ports: Ports): Promise<string | undefined> {
  for (const consumer of consumers) {
    const behind = await ports.countBehind(consumer, ends);
    if (behind > 0) return `${consumer} is ${behind} records behind`;
  }
  return undefined;
}

/** Sorts by time, is the same in every check of an execution, and is safe in the name of a folder. */
function runIdOf({ startedAtMs, executionId }: Request): string {
  const time = new Date(startedAtMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `${time}-${createHash('sha256').update(executionId).digest('hex').slice(0, 8)}`;
}

/** @throws Error that names the field that is missing or wrong */
export function readRequest(event: unknown): Request {
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
  if (!Array.isArray(ends)) throw new Error('lastCheck.ends is no list');
  return ends.map((end) => {
    const { partition, endOffset } = asObject(end, 'An end');
    if (typeof partition !== 'number' || typeof endOffset !== 'number')
      throw new Error('An end lacks its partition or offset');
    return { partition, endOffset };
  });
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`${what} is no object`);
  return value as Record<string, unknown>;
}

function textOf(fields: Record<string, unknown>, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw new Error(`${name} is missing`);
  return value;
}
