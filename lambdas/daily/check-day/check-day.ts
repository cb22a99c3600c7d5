import { createHash } from 'node:crypto';
import type { CheckRequest, TopicEnd } from './check-request.ts';

export interface AlertCount {
  readonly location: string;
  readonly alertType: string;
  readonly alerts: number;
}

export interface LandedDate {
  readonly ingestDate: string;
  readonly rows: number;
}

/** A source as the rows of the day have it, of a file that was dropped again under its key. */
export interface VersionOfDay {
  readonly source: string;
  /** Whether its rows count. */
  readonly counts: boolean;
  /** The version that replaced it, or itself if it replaced another. Null while there is no such version. */
  readonly replacement: string | null;
}

export interface Ports {
  /** Returns the current ends of the topic. */
  readonly readEnds: () => Promise<TopicEnd[]>;
  /** Counts the records below the ends that the consumer has not applied. */
  readonly countBehind: (consumer: string, ends: readonly TopicEnd[]) => Promise<number>;
  /** Counts the locations whose newest observation lies between these times. */
  readonly countLastSeen: (fromMs: number, toMs: number) => Promise<number>;
  /** Returns the ingest dates under which rows of the day have landed. */
  readonly landedDates: (day: string) => Promise<LandedDate[]>;
  readonly alertCounts: (day: string) => Promise<AlertCount[]>;
  /** From now on, the raw objects of these dates do not change until the run has ended. */
  readonly startLakeRead: (runId: string, ingestDates: readonly string[]) => Promise<void>;
  /** Stores the counts for the job, and returns their location. */
  readonly putAlertCounts: (key: string, counts: readonly AlertCount[]) => Promise<string>;
  /** Returns `superseded_on` the day, and the versions with rows of it that do not count or replaced one. */
  readonly versions: (day: string) => Promise<{ superseded: string; versions: VersionOfDay[] }>;
  /** Stores the versions for the job, and returns their location. */
  readonly putVersions: (key: string, versions: readonly VersionOfDay[]) => Promise<string>;
  readonly now: () => number;
}

export interface Limits {
  /** How long after the end of the day the check waits for locations that may still send. */
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
  /** After this time a waiting execution checks again. */
  readonly pollSeconds: number;
  /** The offsets to wait for; absent while locations may still send. */
  readonly ends?: readonly TopicEnd[];
  readonly rows: number;
  readonly ingestDates: string;
  readonly alertCounts: string;
  readonly versions: string;
  /** `superseded_on` the day. */
  readonly superseded: string;
}

const dayMs = 24 * 60 * 60 * 1000;
/** A day's result is made of the rows of the first and the alerts of the second. */
const consumers = ['land-observations', 'watch-weather'];

/**
 * Checks whether a day is complete:
 * - the day has ended;
 * - no location may still send observations of it;
 * - both consumers have applied every record that was on the topic when the last location was waited for.
 *
 * The status is `waiting` until all three hold, and `incomplete`, with the reason, once the wait is over.
 */
export async function checkDay(request: CheckRequest, limits: Limits, ports: Ports): Promise<DayCheck> {
  const { day, startedAtMs } = request;
  const runId = runIdOf(request);
  const nothing = {
    ...{ day, runId, pollSeconds: limits.pollSeconds },
    ...{ rows: 0, ingestDates: '', alertCounts: '', versions: '', superseded: '' },
  };
  if (ports.now() < endOf(day))
    return { ...nothing, status: 'incomplete', reason: `${day} has not ended (days are in UTC)` };

  const expected = await countExpected(day, limits, ports);
  const ends = expected > 0 ? undefined : (request.ends ?? (await ports.readEnds()));
  const check = { ...nothing, ...(ends && { ends }) };
  const pending = ends
    ? await findBehind(ends, ports)
    : `${expected} locations have sent nothing since the day ended`;
  if (pending !== undefined) {
    const isOver = ports.now() >= startedAtMs + limits.waitMs;
    const waited = isOver ? `; waited ${Math.round(limits.waitMs / 60_000)} minutes` : '';
    return { ...check, status: isOver ? 'incomplete' : 'waiting', reason: `${pending}${waited}` };
  }

  const dates = await ports.landedDates(day);
  if (dates.length === 0)
    return { ...check, status: 'incomplete', reason: `No observation of ${day} has landed` };
  await ports.startLakeRead(
    runId,
    dates.map(({ ingestDate }) => ingestDate),
  );
  const run = `event_date=${day}/run=${runId}.jsonl`;
  const { superseded, versions } = await ports.versions(day);
  return {
    ...check,
    status: 'complete',
    reason: 'Every record produced before the check has landed',
    rows: dates.reduce((sum, { rows }) => sum + rows, 0),
    ingestDates: dates.map(({ ingestDate }) => ingestDate).join(','),
    alertCounts: await ports.putAlertCounts(`daily/alert_counts/${run}`, await ports.alertCounts(day)),
    versions: await ports.putVersions(`daily/versions/${run}`, versions),
    superseded,
  };
}

const endOf = (day: string) => Date.parse(day) + dayMs;

/**
 * Counts the locations that may still send observations of the day: their newest observation lies in it.
 * After the grace time, nothing more is expected of them.
 */
async function countExpected(day: string, { graceMs }: Limits, ports: Ports): Promise<number> {
  const endMs = endOf(day);
  return ports.now() >= endMs + graceMs ? 0 : ports.countLastSeen(endMs - dayMs, endMs);
}

async function findBehind(ends: readonly TopicEnd[], ports: Ports): Promise<string | undefined> {
  for (const consumer of consumers) {
    const behind = await ports.countBehind(consumer, ends);
    if (behind > 0) return `${consumer} is ${behind} records behind`;
  }
  return undefined;
}

/** The id sorts by time, is the same in every check of an execution, and is safe as a folder name. */
function runIdOf({ startedAtMs, executionId }: CheckRequest): string {
  const time = new Date(startedAtMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `${time}-${createHash('sha256').update(executionId).digest('hex').slice(0, 8)}`;
}
