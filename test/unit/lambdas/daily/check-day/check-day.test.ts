import { describe, expect, test } from '@jest/globals';
import {
  type AlertCount,
  checkDay,
  type Ports,
  readRequest,
} from '../../../../../lambdas/daily/check-day/check-day.ts';

const limits = { graceMs: 2 * 3_600_000, waitMs: 600_000, pollSeconds: 60 };
const startedAt = '2024-01-02T02:30:00.123Z';
const startedAtMs = Date.parse(startedAt);
const request = { day: '2024-01-01', startedAtMs, executionId: 'arn:e1', ends: undefined };
const ends = [{ partition: 0, endOffset: 10 }];

/** A day of which everything has landed, but for what `differences` say. */
function ports(differences: Partial<Ports> = {}) {
  const put: [string, readonly AlertCount[]][] = [];
  return {
    put,
    readEnds: async () => ends,
    countBehind: async () => 0,
    countSilentSince: async () => 0,
    landedDates: async () => [
      { ingestDate: '2024-01-01', rows: 5 },
      { ingestDate: '2024-02-07', rows: 2 },
    ],
    alertCounts: async () => [{ location: 'Seoul', alertType: 'TEMP_HIGH', alerts: 3 }],
    putAlertCounts: async (key: string, counts: readonly AlertCount[]) => {
      put.push([key, counts]);
      return `s3://lake/${key}`;
    },
    now: () => startedAtMs,
    ...differences,
  };
}

describe('checkDay', () => {
  test('finds a day complete, and says what its job needs', async () => {
    const world = ports();
    const check = await checkDay(request, limits, world);
    expect(check).toMatchObject({ status: 'complete', rows: 7, ingestDates: '2024-01-01,2024-02-07' });
    expect(check.runId).toMatch(/^20240102T023000-[0-9a-f]{8}$/);
    expect(check.alertCounts).toBe(
      `s3://lake/daily/alert_counts/event_date=2024-01-01/run=${check.runId}.jsonl`,
    );
    expect(world.put[0]?.[1]).toEqual([{ location: 'Seoul', alertType: 'TEMP_HIGH', alerts: 3 }]);
  });

  test.each(['land-observations', 'watch-weather'])('waits for %s to catch up', async (late) => {
    const countBehind = async (consumer: string) => (consumer === late ? 4 : 0);
    expect(await checkDay(request, limits, ports({ countBehind }))).toMatchObject({
      status: 'waiting',
      reason: `${late} is 4 records behind`,
      ends,
    });
  });

  test('waits for what the first check saw, and not for what came after it', async () => {
    const seen: unknown[] = [];
    const countBehind = async (_: string, asked: unknown) => {
      seen.push(asked);
      return 0;
    };
    const readEnds = async () => [{ partition: 0, endOffset: 99 }];
    await checkDay({ ...request, ends }, limits, ports({ countBehind, readEnds }));
    expect(seen).toEqual([ends, ends]);
  });

  test('waits for what was on the topic when no location was silent any more, not for less', async () => {
    const soon = () => Date.parse('2024-01-02T00:15:00Z');
    const silent = await checkDay(request, limits, ports({ countSilentSince: async () => 2, now: soon }));
    expect(silent).toMatchObject({ status: 'waiting', reason: expect.stringContaining('2 locations') });
    expect(silent.ends).toBeUndefined();
    const behind = ports({ countBehind: async () => 1, now: soon });
    expect(await checkDay({ ...request, ends: silent.ends }, limits, behind)).toMatchObject({ ends });
  });

  test('gives up after a while, with what it has waited for', async () => {
    const world = ports({ countBehind: async () => 4, now: () => startedAtMs + limits.waitMs });
    expect(await checkDay(request, limits, world)).toMatchObject({
      status: 'incomplete',
      reason: 'land-observations is 4 records behind; waited 10 minutes',
    });
  });

  test('waits for silent locations shortly after the end of the day, and no longer', async () => {
    const silent = { countSilentSince: async () => 2 };
    const soon = ports({ ...silent, now: () => Date.parse('2024-01-02T01:59:59Z') });
    expect(await checkDay(request, limits, soon)).toMatchObject({ status: 'waiting' });
    const later = ports({ ...silent, now: () => Date.parse('2024-01-02T02:00:00Z') });
    expect(await checkDay(request, limits, later)).toMatchObject({ status: 'complete' });
  });

  test.each([
    ['has not ended', { now: () => Date.parse('2024-01-01T23:59:59Z') }],
    ['No observation of 2024-01-01 has landed', { landedDates: async () => [] }],
  ])('refuses a day: %s', async (reason, differences) => {
    const check = await checkDay(request, limits, ports(differences));
    expect(check.status).toBe('incomplete');
    expect(check.reason).toContain(reason);
  });
});

describe('readRequest', () => {
  const event = { given: { day: '2024-02-29' }, executionId: 'arn:e1', startedAt, lastCheck: {} };

  test('takes the day that is given, and yesterday when none is', () => {
    expect(readRequest(event).day).toBe('2024-02-29');
    expect(readRequest({ ...event, given: {} }).day).toBe('2024-01-01');
  });

  test('takes over what the check before saw', () => {
    expect(readRequest({ ...event, lastCheck: { ends } }).ends).toEqual(ends);
    expect(readRequest(event).ends).toBeUndefined();
  });

  test.each(['2023-02-29', '2024-1-1', 'yesterday', 20240101])('refuses %p as a day', (day) => {
    expect(() => readRequest({ ...event, given: { day } })).toThrow('expected a date like 2024-01-01');
  });
});
