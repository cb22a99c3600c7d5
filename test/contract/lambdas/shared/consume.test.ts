import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { consume } from '../../../../lambdas/shared/consume.ts';
import type { FreshRecords } from '../../../../lambdas/shared/exactly-once.ts';
import type { KafkaEvent } from '../../../../lambdas/shared/kafka-event.ts';
import { testDatabase } from '../test-database.ts';

const { connect, query } = testDatabase();

const log = { info() {}, error() {} };

interface Sent {
  offset: number;
  headers?: Record<string, string>;
}

const bytes = (text: string) => [...Buffer.from(text)];

const eventOf = (topic: string, partitions: Record<number, Sent[]>) => {
  const records = Object.entries(partitions).map(([partition, sent]) => [
    `${topic}-${partition}`,
    sent.map(({ offset, headers = {} }) => ({
      topic,
      partition: Number(partition),
      offset,
      timestamp: offset,
      value: Buffer.from(String(offset)).toString('base64'),
      headers: Object.entries(headers).map(([name, text]) => ({ [name]: bytes(text) })),
    })),
  ]);
  return { records: Object.fromEntries(records) } as unknown as KafkaEvent;
};

/** A consumer under test: what it applied, and a hook that runs in the middle of its transaction. */
function consumer({
  name = randomUUID(),
  during = async () => {},
}: {
  name?: string;
  during?: () => Promise<void>;
} = {}) {
  const applied: string[] = [];
  const starts: number[] = [];
  const handle = consume({
    name,
    database: connect(),
    log,
    apply: async (partitions: readonly FreshRecords[]) => {
      const fresh = partitions.flatMap(({ records }) =>
        records.map(({ partition, offset }) => `${partition}:${offset}`),
      );
      starts.push(...partitions.map(({ start }) => start.offset));
      await during();
      applied.push(...fresh);
      return { applied: fresh.length };
    },
  });
  return { name, applied, starts, handle };
}

const offsets = (from: number, to: number): Sent[] =>
  Array.from({ length: to - from }, (_, index) => ({ offset: from + index }));
const row = (offset: number, source: string, number: number): Sent => ({
  offset,
  headers: { source, row: String(number) },
});

describe('consume applies each record once', () => {
  test('when a batch comes again, whatever its cut', async () => {
    const { handle, applied } = consumer();
    await handle(eventOf('t', { 0: offsets(0, 5), 1: offsets(10, 12) }));
    await handle(eventOf('t', { 0: offsets(0, 5), 1: offsets(10, 12) }));
    await handle(eventOf('t', { 0: offsets(3, 8) }));
    await handle(eventOf('t', { 0: offsets(7, 9), 1: offsets(11, 14) }));
    expect(applied.sort()).toEqual([
      '0:0',
      '0:1',
      '0:2',
      '0:3',
      '0:4',
      '0:5',
      '0:6',
      '0:7',
      '0:8',
      '1:10',
      '1:11',
      '1:12',
      '1:13',
    ]);
  });

  test('for each consumer by itself', async () => {
    const one = consumer();
    const other = consumer();
    await one.handle(eventOf('t', { 0: offsets(0, 2) }));
    await other.handle(eventOf('t', { 0: offsets(0, 2) }));
    expect([one.applied.length, other.applied.length]).toEqual([2, 2]);
  });

  test('when the work fails half-way, by doing all of it the next time', async () => {
    let isDown = true;
    const during = async () => {
      if (isDown) throw new Error('S3 is down');
    };
    const { handle, applied } = consumer({ during });
    const event = eventOf('t', {
      0: [row(0, 'a', 1), { offset: 1, headers: { origin: 'x/0/1' } }, { offset: 2 }],
    });
    await expect(handle(event)).rejects.toThrow('S3 is down');
    isDown = false;
    await handle(event);
    expect(applied).toEqual(['0:0', '0:1', '0:2']);
  });

  test('when two functions have the same batch at once: one waits and finds nothing left', async () => {
    const name = randomUUID();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let announce = () => {};
    const inside = new Promise<void>((resolve) => {
      announce = resolve;
    });
    const first = consumer({
      name,
      during: () => {
        announce();
        return held;
      },
    });
    const zombie = consumer({ name });
    const event = eventOf('t', { 0: offsets(0, 3), 1: offsets(0, 3) });
    const firstDone = first.handle(event);
    await inside;
    const zombieDone = zombie.handle(event);
    await waitingForLock();
    expect(zombie.applied).toEqual([]);
    release();
    await Promise.all([firstDone, zombieDone]);
    expect([first.applied.length, zombie.applied.length]).toEqual([6, 0]);
  });

  test('when many functions have overlapping batches at once, without a deadlock', async () => {
    const name = randomUUID();
    const functions = Array.from({ length: 6 }, () => consumer({ name }));
    const partitions = [0, 1, 2, 3];
    await Promise.all(
      functions.map(({ handle }, index) => {
        const rotated = [...partitions.slice(index % 4), ...partitions.slice(0, index % 4)];
        return handle(
          eventOf('t', Object.fromEntries(rotated.map((partition) => [partition, offsets(0, 10)]))),
        );
      }),
    );
    const applied = functions.flatMap((each) => each.applied);
    expect(applied).toHaveLength(40);
    expect(new Set(applied).size).toBe(40);
  });

  test('when a producer sent rows of a file twice', async () => {
    const { handle, applied } = consumer();
    await handle(
      eventOf('t', { 0: [row(0, 'a', 2), row(1, 'a', 3), row(2, 'a', 2), row(3, 'b', 2), row(4, 'a', 3)] }),
    );
    await handle(eventOf('t', { 0: [row(5, 'a', 3), row(6, 'a', 7), { offset: 7 }], 1: [row(0, 'a', 3)] }));
    expect(applied).toEqual(['0:0', '0:1', '0:3', '0:6', '0:7', '1:0']);
  });

  test('when a retry is doubled, on whatever partition', async () => {
    const { handle, applied } = consumer();
    const retried = (offset: number, origin: string): Sent => ({
      offset,
      headers: { origin, source: 'a', row: '1' },
    });
    await handle(
      eventOf('t', { 0: [row(0, 'a', 9), retried(1, 'x/0/1'), retried(2, 'x/0/1'), retried(3, 'x/0/2')] }),
    );
    await handle(eventOf('t', { 1: [retried(0, 'x/0/2'), retried(1, 'x/0/3')] }));
    expect(applied).toEqual(['0:0', '0:1', '0:3', '1:1']);
  });
});

test('consume skips a retry that is meant for another consumer, and moves past it', async () => {
  const { handle, applied, name } = consumer();
  await handle(
    eventOf('t', {
      0: [
        { offset: 0, headers: { 'retry-for': 'another' } },
        { offset: 1, headers: { 'retry-for': name } },
      ],
    }),
  );
  await handle(eventOf('t', { 0: [{ offset: 0, headers: { 'retry-for': 'another' } }] }));
  expect(applied).toEqual(['0:1']);
});

test('a batch says how many of its records it skipped', async () => {
  const lines: unknown[] = [];
  const handle = consume({
    name: randomUUID(),
    database: connect(),
    log: { error() {}, info: (...[, details]) => void lines.push(details) },
    apply: async () => ({ landed: 2 }),
  });
  await handle(eventOf('t', { 0: [row(0, 'a', 1), row(1, 'a', 2)] }));
  await handle(eventOf('t', { 0: [row(1, 'a', 2), row(2, 'a', 1), row(3, 'a', 3)] }));
  expect(lines).toMatchObject([
    { records: 2, skipped: 0, landed: 2 },
    { records: 3, skipped: 2 },
  ]);
});

test('a batch starts at its first record past the ledger, duplicate or not', async () => {
  const { handle, starts } = consumer();
  await handle(eventOf('t', { 0: [row(0, 'a', 1), row(1, 'a', 2)] }));
  await handle(eventOf('t', { 0: [row(1, 'a', 2), row(2, 'a', 2), row(3, 'a', 3)] }));
  expect(starts).toEqual([0, 2]);
});

test('what must wait for the commit happens after it, and not at all when the work fails', async () => {
  const name = randomUUID();
  const seen: unknown[] = [];
  const consumed = (apply: () => Promise<{ alerts: number }>) =>
    consume({
      name,
      database: connect(),
      log,
      apply,
      afterCommit: async ({ alerts }) => {
        seen.push(alerts, await query('select next_offset from applied_offsets where consumer = $1', [name]));
      },
    });
  const failing = consumed(async () => {
    throw new Error('no');
  });
  await expect(failing(eventOf('t', { 0: offsets(0, 1) }))).rejects.toThrow('no');
  expect(seen).toEqual([]);
  await consumed(async () => ({ alerts: 3 }))(eventOf('t', { 0: offsets(0, 1) }));
  expect(seen).toEqual([3, [{ next_offset: '1' }]]);
});

test('a connection that died between two batches is replaced unnoticed', async () => {
  const { handle, applied } = consumer();
  await handle(eventOf('t', { 0: offsets(0, 1) }));
  await query(`select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid()`);
  await handle(eventOf('t', { 0: offsets(1, 2) }));
  expect(applied).toEqual(['0:0', '0:1']);
});

async function waitingForLock(): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const waiting = await query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (waiting.length > 0) return;
  }
  throw new Error('No session waited for a lock');
}
