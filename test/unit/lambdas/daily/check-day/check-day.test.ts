import { expect, test } from '@jest/globals';
import {
  type AlertCount,
  checkDay,
  type Ports,
  type VersionOfDay,
} from '../../../../../lambdas/daily/check-day/check-day.ts';
import { readRequest } from '../../../../../lambdas/daily/check-day/check-request.ts';

const limits = { graceMs: 2 * 3_600_000, waitMs: 600_000, pollSeconds: 60 };
const startedAt = '2024-01-02T02:30:00.123Z';
const startedAtMs = Date.parse(startedAt);
const request = { day: '2024-01-01', startedAtMs, executionId: 'arn:e1', ends: undefined };
const version = { source: 'old', counts: false, replacement: 'new' };
const ends = [{ partition: 0, endOffset: 10 }];

/** Ports of a day whose rows have all landed, except for the `differences`. */
function ports(differences: Partial<Ports> = {}) {
  const put: [string, readonly AlertCount[]][] = [];
  const putVersions: [string, readonly VersionOfDay[]][] = [];
  const reads: string[][] = [];
  return {
    put,
    stored: putVersions,
    readEnds: async () => ends,
    countBehind: async () => 0,
    countLastSeen: async () => 0,
    landedDates: async () => [
      { ingestDate: '2024-01-01', rows: 5 },
      { ingestDate: '2024-02-07', rows: 2 },
    ],
    reads,
    startLakeRead: async (runId: string, dates: readonly string[]) => void reads.push([runId, ...dates]),
    alertCounts: async () => [{ location: 'Seoul', alertType: 'TEMP_HIGH', alerts: 3 }],
    putAlertCounts: async (key: string, counts: readonly AlertCount[]) => {
      put.push([key, counts]);
      return `s3://lake/${key}`;
    },
    versions: async () => ({ superseded: 'digest', versions: [version] }),
    putVersions: async (key: string, versions: readonly VersionOfDay[]) => {
      putVersions.push([key, versions]);
      return `s3://lake/${key}`;
    },
    now: () => startedAtMs,
    ...differences,
  };
}

test('a complete day has the input of its job: rows, ingest dates and alert counts', async () => {
  const world = ports();
  const check = await checkDay(request, limits, world);
  expect(check).toMatchObject({ status: 'complete', rows: 7, ingestDates: '2024-01-01,2024-02-07' });
  expect(check.runId).toMatch(/^20240102T023000-[0-9a-f]{8}$/);
  expect(check.alertCounts).toBe(
    `s3://lake/daily/alert_counts/event_date=2024-01-01/run=${check.runId}.jsonl`,
  );
  expect(world.put[0]?.[1]).toEqual([{ location: 'Seoul', alertType: 'TEMP_HIGH', alerts: 3 }]);
  expect(world.stored).toEqual([
    [`daily/versions/event_date=2024-01-01/run=${check.runId}.jsonl`, [version]],
  ]);
  expect(check).toMatchObject({ versions: `s3://lake/${world.stored[0]?.[0]}`, superseded: 'digest' });
  expect(world.reads).toEqual([[check.runId, '2024-01-01', '2024-02-07']]);
});

test.each(['land-observations', 'watch-weather'])('a day waits for %s to catch up', async (late) => {
  const countBehind = async (consumer: string) => (consumer === late ? 4 : 0);
  expect(await checkDay(request, limits, ports({ countBehind }))).toMatchObject({
    status: 'waiting',
    reason: `${late} is 4 records behind`,
    ends,
  });
});

test('later checks wait for the ends that the first check saw, not for newer ones', async () => {
  const seen: unknown[] = [];
  const countBehind = async (_: string, asked: unknown) => {
    seen.push(asked);
    return 0;
  };
  const readEnds = async () => [{ partition: 0, endOffset: 99 }];
  await checkDay({ ...request, ends }, limits, ports({ countBehind, readEnds }));
  expect(seen).toEqual([ends, ends]);
});

test('the ends are read only when no location may send any more', async () => {
  const soon = () => Date.parse('2024-01-02T00:15:00Z');
  const waiting = await checkDay(request, limits, ports({ countLastSeen: async () => 2, now: soon }));
  expect(waiting).toMatchObject({ status: 'waiting', reason: expect.stringContaining('2 locations') });
  expect(waiting.ends).toBeUndefined();
  const behind = ports({ countBehind: async () => 1, now: soon });
  expect(await checkDay({ ...request, ends: waiting.ends }, limits, behind)).toMatchObject({ ends });
});

test('a day is incomplete once the wait is over, with the reason it waited for', async () => {
  const world = ports({ countBehind: async () => 4, now: () => startedAtMs + limits.waitMs });
  expect(await checkDay(request, limits, world)).toMatchObject({
    status: 'incomplete',
    reason: 'land-observations is 4 records behind; waited 10 minutes',
  });
});

test('a day waits for locations within the grace time after its end, and no longer', async () => {
  const twoExpected = { countLastSeen: async () => 2 };
  const soon = ports({ ...twoExpected, now: () => Date.parse('2024-01-02T01:59:59Z') });
  expect(await checkDay(request, limits, soon)).toMatchObject({ status: 'waiting' });
  const later = ports({ ...twoExpected, now: () => Date.parse('2024-01-02T02:00:00Z') });
  expect(await checkDay(request, limits, later)).toMatchObject({ status: 'complete' });
});

test.each([
  ['has not ended', { now: () => Date.parse('2024-01-01T23:59:59Z') }],
  ['No observation of 2024-01-01 has landed', { landedDates: async () => [] }],
])('a day is incomplete: %s', async (reason, differences) => {
  const check = await checkDay(request, limits, ports(differences));
  expect(check.status).toBe('incomplete');
  expect(check.reason).toContain(reason);
});

const event = { given: { day: '2024-02-29' }, executionId: 'arn:e1', startedAt, lastCheck: {} };

test('the day is the given one, or yesterday without one', () => {
  expect(readRequest(event).day).toBe('2024-02-29');
  expect(readRequest({ ...event, given: {} }).day).toBe('2024-01-01');
});

test('a request takes over the ends of the last check', () => {
  expect(readRequest({ ...event, lastCheck: { ends } }).ends).toEqual(ends);
  expect(readRequest(event).ends).toBeUndefined();
});

test.each(['2023-02-29', '2024-1-1', 'yesterday', 20240101])('the day %p is refused', (day) => {
  expect(() => readRequest({ ...event, given: { day } })).toThrow('expected a date like 2024-01-01');
});
