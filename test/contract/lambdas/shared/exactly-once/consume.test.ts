import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Apply } from '../../../../../lambdas/shared/exactly-once/apply.ts';
import { consume } from '../../../../../lambdas/shared/exactly-once/consume.ts';
import type { FreshRecords } from '../../../../../lambdas/shared/exactly-once/exactly-once.ts';
import { maxFailingRecords } from '../../../../../lambdas/shared/exactly-once/isolate.ts';
import { ledgerDays } from '../../../../../lambdas/shared/exactly-once/ledger.ts';
import { Transient } from '../../../../../lambdas/shared/failures/failures.ts';
import { formatOrigin, type KafkaRecord } from '../../../../../lambdas/shared/kafka/kafka-event.ts';
import { sourceOf } from '../../../../../lambdas/shared/kafka/source.ts';
import { topics } from '../../../../../lambdas/shared/kafka/topics.ts';
import { nextAttempt } from '../../../../../lambdas/shared/retry/retry-topic.ts';
import { kafkaEvent } from '../../../../fixtures/kafka-events.ts';
import { testDatabase } from '../../test-database.ts';
import { someoneWaits } from '../../waiting-session.ts';

const { connect, query } = testDatabase();

const log = { info() {}, error() {} };

interface Sent {
  offset: number;
  headers?: Record<string, string>;
}

/** Each record's timestamp and value are its offset. */
const eventOf = (topic: string, partitions: Record<number, Sent[]>) =>
  kafkaEvent(
    topic,
    Object.fromEntries(
      Object.entries(partitions).map(([partition, sent]) => [
        partition,
        sent.map((record) => ({ ...record, timestampMs: record.offset, value: String(record.offset) })),
      ]),
    ),
  );

/** A consumer under test: what it applied, and a hook that runs in the middle of its transaction. */
function consumer({
  name = randomUUID(),
  during = async () => {},
}: {
  name?: string;
  during?: () => Promise<void>;
} = {}) {
  const applied: string[] = [];
  const handle = consume({
    name,
    epochs: {},
    database: connect(),
    log,
    apply: async (partitions: readonly FreshRecords[]) => {
      const fresh = partitions.flatMap(({ records }) =>
        records.map(({ partition, offset }) => `${partition}:${offset}`),
      );
      await during();
      applied.push(...fresh);
      return { applied: fresh.length };
    },
  });
  return { name, applied, handle };
}

const offsets = (from: number, to: number): Sent[] =>
  Array.from({ length: to - from }, (_, index) => ({ offset: from + index }));
const row = (offset: number, source: string, number: number): Sent => ({
  offset,
  headers: { source, row: String(number) },
});

describe('consume applies each record once', () => {
  test('a redelivered batch is applied once, wherever it begins and ends', async () => {
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

  test('rows of a file count once, whether their source is an id or the older form', async () => {
    const older = (offset: number, number: number) => row(offset, 'in/a.csv@e', number);
    const newer = (offset: number, number: number) => row(offset, sourceOf('in/a.csv', 'e'), number);
    const { handle, applied } = consumer();
    await handle(eventOf('t', { 0: [older(0, 1), newer(1, 1), older(2, 2), newer(3, 2), newer(4, 3)] }));
    await handle(eventOf('t', { 0: [older(5, 3), newer(6, 3), older(7, 4)] }));
    await handle(eventOf('t', { 0: [newer(8, 4), newer(9, 5)] }));
    expect(applied).toEqual(['0:0', '0:2', '0:4', '0:7', '0:9']);
  });

  test('a batch that the last release claims by older sources leaves the progress of their ids', async () => {
    const name = randomUUID();
    const claim =
      'select last_rows from claim_records($1, $2, $3, $2, $3, $4, array[]::text[], array[]::int[])';
    const batch = [name, ['t'], [0], ['in/b.csv@e']];
    expect(await query(claim, batch)).toEqual([{ last_rows: [-1] }]);
    await query(
      `select advance_ledger($1, $2, $3, array[5], array[0], array[0], array[10], $2, $3, $4, array[5],
                             array[]::text[], array[]::int[], 50)`,
      batch,
    );
    expect(await query(claim, batch)).toEqual([{ last_rows: [5] }]);
    const { handle, applied } = consumer({ name });
    const source = sourceOf('in/b.csv', 'e');
    await handle(eventOf('t', { 0: [row(5, source, 4), row(6, source, 5), row(7, source, 6)] }));
    expect(applied).toEqual(['0:7']);
  });

  test('each consumer applies a record once', async () => {
    const one = consumer();
    const other = consumer();
    await one.handle(eventOf('t', { 0: offsets(0, 2) }));
    await other.handle(eventOf('t', { 0: offsets(0, 2) }));
    expect([one.applied.length, other.applied.length]).toEqual([2, 2]);
  });

  test('a batch that failed half-way is applied whole the next time', async () => {
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

  test('a gap before a batch stays skipped, even if the batch fails', async () => {
    let isDown = true;
    const during = async () => {
      if (isDown) throw new Error('S3 is down');
    };
    const { name, handle, applied } = consumer({ during });
    await expect(handle(eventOf('t', { 0: offsets(4, 6), 1: offsets(0, 1) }))).rejects.toThrow('S3 is down');
    isDown = false;
    await handle(eventOf('t', { 0: offsets(2, 6), 1: offsets(0, 1) }));
    expect(applied).toEqual(['0:4', '0:5', '1:0']);
    const skipped = `select partition, from_offset::int, to_offset::int from skipped_offsets where consumer = $1`;
    expect(await query(skipped, [name])).toEqual([{ partition: 0, from_offset: 0, to_offset: 4 }]);
  });

  test('of two functions with the same batch at once, one waits and then finds nothing left', async () => {
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
    await someoneWaits(query);
    expect(zombie.applied).toEqual([]);
    release();
    await Promise.all([firstDone, zombieDone]);
    expect([first.applied.length, zombie.applied.length]).toEqual([6, 0]);
  });

  test('many functions with overlapping batches at once apply each record once, without a deadlock', async () => {
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

  test('a row that its producer sent twice is applied once', async () => {
    const { handle, applied } = consumer();
    await handle(
      eventOf('t', { 0: [row(0, 'a', 2), row(1, 'a', 3), row(2, 'a', 2), row(3, 'b', 2), row(4, 'a', 3)] }),
    );
    await handle(eventOf('t', { 0: [row(5, 'a', 3), row(6, 'a', 7), { offset: 7 }], 1: [row(0, 'a', 3)] }));
    expect(applied).toEqual(['0:0', '0:1', '0:3', '0:6', '0:7', '1:0']);
  });

  test('a record with an origin is applied once, on any partition', async () => {
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

test('consume skips a retry for another consumer, and advances past it', async () => {
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

test('consume processes every record of retry-data, because its headers are for the consumer it returns to', async () => {
  const { handle, applied } = consumer();
  const headers = { origin: 'weather-data/0/1', attempt: '1', 'retry-for': 'another', source: 'a', row: '1' };
  const event = eventOf(topics.retryData.name, {
    0: [
      { offset: 0, headers },
      { offset: 1, headers },
    ],
  });
  await handle(event);
  await handle(event);
  expect(applied).toEqual(['0:0', '0:1']);
});

test('the log line of a batch says how many records it skipped', async () => {
  const lines: unknown[] = [];
  const handle = consume({
    name: randomUUID(),
    epochs: {},
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

test('afterCommit runs after the commit, and not at all if the work fails', async () => {
  const name = randomUUID();
  const seen: unknown[] = [];
  const consumed = (apply: () => Promise<{ alerts: number }>) =>
    consume({
      name,
      epochs: {},
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

test('a connection that broke between two batches is replaced without an error', async () => {
  const { handle, applied } = consumer();
  await handle(eventOf('t', { 0: offsets(0, 1) }));
  await killOtherSessions();
  await handle(eventOf('t', { 0: offsets(1, 2) }));
  expect(applied).toEqual(['0:0', '0:1']);
});

test('a session that is killed during the work commits nothing, and the next delivery applies everything', async () => {
  let kill = true;
  const effects = randomUUID();
  const handle = consume({
    name: randomUUID(),
    epochs: {},
    database: connect(),
    log,
    apply: async (partitions, tx) => {
      await tx('insert into ingested_files values ($1, $2, 0, 0)', [
        `${effects}/${randomUUID()}`,
        partitions.flatMap(({ records }) => records).length,
      ]);
      if (kill) await killOtherSessions();
      return {};
    },
  });
  const event = eventOf('t', { 0: offsets(0, 3), 1: [row(0, 'a', 1)] });
  await expect(handle(event)).rejects.toThrow();
  kill = false;
  await handle(event);
  await handle(event);
  const done = await query<{ rows_read: string }>(
    'select rows_read from ingested_files where source like $1 order by rows_read',
    [`${effects}/%`],
  );
  expect(done.map(({ rows_read }) => Number(rows_read))).toEqual([0, 4]);
});

test('a function whose session was killed during a put cannot undo what its successor did', async () => {
  const name = randomUUID();
  const reached = gate();
  const held = gate();
  const zombie = consumer({
    name,
    during: async () => {
      reached.open();
      await held.opened;
    },
  });
  const event = eventOf('t', { 0: offsets(0, 3) });
  const zombieDone = zombie.handle(event);
  await reached.opened;
  await killOtherSessions();
  const successor = consumer({ name });
  await successor.handle(eventOf('t', { 0: offsets(0, 5) }));
  held.open();
  await expect(zombieDone).rejects.toThrow();
  expect(successor.applied).toHaveLength(5);
  expect(await query('select next_offset from applied_offsets where consumer = $1', [name])).toEqual([
    { next_offset: '5' },
  ]);
});

test.each([
  ['two ledger statements, however many files it contains', [], 2],
  ['a third one if it contains redriven records or retries, however many', ['x/0/1', 'x/0/2'], 3],
] as const)('a batch takes %s', async (_, origins, count) => {
  const database = connect();
  const statements: string[] = [];
  const counted: typeof database.transaction = (work) =>
    database.transaction((tx) =>
      work((sql, values) => {
        statements.push(sql);
        return tx(sql, values);
      }),
    );
  const handle = consume({
    name: randomUUID(),
    epochs: {},
    database: { transaction: counted },
    log,
    apply: async () => ({}),
  });
  // The first event of a function names the generation of its topic.
  await handle(eventOf('t', { 2: offsets(0, 1) }));
  statements.length = 0;
  await handle(
    eventOf('t', {
      0: [
        row(0, 'a', 1),
        row(1, 'b', 1),
        ...origins.map((origin, at) => ({ offset: 2 + at, headers: { origin } })),
      ],
      1: [row(0, 'a', 2), row(1, 'c', 1)],
    }),
  );
  expect(statements).toHaveLength(count);
});

describe('a deferred record', () => {
  /** A consumer that defers the given records, and the retries that it sent. */
  function retrying({
    name = randomUUID(),
    fails = (_: KafkaRecord): boolean => true,
    beforeCommit = () => {},
  } = {}) {
    const applied: string[] = [];
    const sent: { headers: Record<string, string> }[] = [];
    const apply: Apply<object> = async (partitions, _, defer) => {
      for (const record of partitions.flatMap(({ records }) => records)) {
        if (fails(record)) defer(record, new Transient('not now'));
        else applied.push(`${record.offset}`);
      }
      return {};
    };
    const handle = consume({
      name,
      epochs: {},
      database: connect(),
      log,
      apply,
      retry: async (deferred) => {
        for (const { record } of deferred) {
          const { origin, attempt } = nextAttempt(record);
          const headers = { origin: formatOrigin(origin), attempt: String(attempt), 'retry-for': name };
          sent.push({ headers });
        }
        beforeCommit();
      },
    });
    return { applied, sent, handle, name };
  }
  const failUntil = (attempt: number) => (record: KafkaRecord) => (record.headers.attempt ?? 0) < attempt;

  test('a deferred record returns until it succeeds, and is applied once although each copy is sent twice', async () => {
    const { handle, applied, sent } = retrying({ fails: failUntil(2) });
    await handle(eventOf('t', { 0: offsets(0, 1) }));
    expect(sent).toMatchObject([{ headers: { origin: 't/0/0', attempt: '1' } }]);
    const copy = (offset: number) => ({ offset, headers: sent.at(-1)?.headers ?? {} });
    await handle(eventOf('t', { 0: [copy(1), copy(2)] }));
    await handle(eventOf('t', { 0: [{ offset: 3, headers: sent[0]?.headers ?? {} }] }));
    expect(sent).toMatchObject([{}, { headers: { origin: 't/0/0', attempt: '2' } }]);
    expect(applied).toEqual([]);
    await handle(eventOf('t', { 0: [copy(4), copy(5)] }));
    await handle(eventOf('t', { 0: [copy(6)] }));
    expect(applied).toEqual(['4']);
  });

  test('a retry has no effect if its deferral was not committed: the redelivered record has it', async () => {
    let crash = true;
    const name = randomUUID();
    const crashing = retrying({
      name,
      beforeCommit: () => {
        if (crash) throw new Error('crashed after the send');
      },
    });
    const event = eventOf('t', { 0: offsets(0, 1) });
    await expect(crashing.handle(event)).rejects.toThrow('crashed');
    crash = false;
    const { handle, applied } = retrying({ name, fails: () => false });
    await handle(event);
    await handle(eventOf('t', { 0: [{ offset: 1, headers: crashing.sent[0]?.headers ?? {} }] }));
    expect(applied).toEqual(['0']);
  });

  test('a redriven record that is deferred gets its own position as its origin', async () => {
    const { handle, sent } = retrying();
    const redriven = (offset: number) => ({ offset, headers: { origin: 'error_weather_data/0/17' } });
    await handle(eventOf('t', { 0: [redriven(5), redriven(6)] }));
    expect(sent).toMatchObject([{ headers: { origin: 't/0/5', attempt: '1' } }]);
    expect(sent).toHaveLength(1);
  });

  test('a consumer without retry cannot defer a record', async () => {
    const handle = consume({
      name: randomUUID(),
      epochs: {},
      database: connect(),
      log,
      apply: async ([first], _, defer) => {
        for (const record of first?.records ?? []) defer(record, new Transient('not now'));
        return {};
      },
    });
    await expect(handle(eventOf('t', { 0: offsets(0, 1) }))).rejects.toThrow('no way to retry it');
  });
});

describe('a record that fails on its own', () => {
  /** A consumer whose table rejects some records. */
  function picky(refuses: (record: KafkaRecord) => boolean, failure = 'select 1 / 0') {
    const name = randomUUID();
    const deferred: string[] = [];
    const afterCommit: unknown[] = [];
    const statements: string[] = [];
    const database = connect();
    const observed: typeof database.transaction = (work) =>
      database.transaction((tx) =>
        work((sql, values) => {
          statements.push(sql);
          return tx(sql, values);
        }),
      );
    const handle = consume({
      name,
      epochs: {},
      database: { transaction: observed },
      log,
      apply: async (partitions, tx) => {
        const records = partitions.flatMap((each) => each.records);
        for (const { partition, offset } of records)
          await tx('insert into ingested_files values ($1, 1, 1, 0)', [`${name}/${partition}:${offset}`]);
        if (records.some(refuses)) await tx(failure);
        return { applied: records.length };
      },
      retry: async (records) => void deferred.push(...records.map(({ record }) => `${record.offset}`)),
      afterCommit: async (effect) => void afterCommit.push(effect),
    });
    const applied = async () =>
      (
        await query<{ source: string }>('select source from ingested_files where source like $1 order by 1', [
          `${name}/%`,
        ])
      ).map(({ source }) => source.split('/')[1]);
    return { handle, deferred, applied, afterCommit, statements };
  }

  test('a record that fails on its own is deferred, and the rest of its batch is applied once', async () => {
    const { handle, deferred, applied, afterCommit } = picky(({ offset }) => offset === 3 || offset === 6);
    await handle(eventOf('t', { 0: offsets(0, 5), 1: offsets(5, 8) }));
    expect(deferred).toEqual(['3', '6']);
    expect(await applied()).toEqual(['0:0', '0:1', '0:2', '0:4', '1:5', '1:7']);
    expect(afterCommit).toEqual([{ applied: 6 }]);
  });

  test('the search for failing records leaves no savepoint open', async () => {
    const { handle, statements } = picky(({ offset }) => offset === 3);
    await handle(eventOf('t', { 0: offsets(0, 8) }));
    const count = (sql: string) => statements.filter((statement) => statement === sql).length;
    // Eight, four and four, two and two, one and one.
    expect(count('savepoint probe')).toBe(7);
    expect(count('release savepoint probe')).toBe(7);
  });

  test('a batch with too many failing records is retried whole, because the cause is a bug', async () => {
    const { handle, deferred, applied } = picky(() => true);
    await expect(handle(eventOf('t', { 0: offsets(0, maxFailingRecords + 1) }))).rejects.toThrow(
      'division by zero',
    );
    expect([deferred, await applied()]).toEqual([[], []]);
  });

  test('a batch is retried whole when the database fails', async () => {
    const { handle, deferred } = picky(() => true, 'select pg_terminate_backend(pg_backend_pid())');
    await expect(handle(eventOf('t', { 0: offsets(0, 1) }))).rejects.toThrow();
    expect(deferred).toEqual([]);
  });
});

test('the ledger deletes files and origins after `ledgerDays`, and not earlier', async () => {
  const { handle, name } = consumer();
  const remembered = async () =>
    (
      await query<{ id: string }>(
        `select source as id from source_progress where consumer = $1
          union all select origin from applied_origins where consumer = $1 order by 1`,
        [name],
      )
    ).map(({ id }) => id);
  const retried = (offset: number, origin: string) => ({ offset, headers: { origin } });
  await handle(
    eventOf('t', { 0: [row(0, 'old', 1), row(1, 'young', 1), retried(2, 'x/0/1'), retried(3, 'x/0/2')] }),
  );
  await query(
    `update source_progress set last_seen = current_date - ($2 + (source = 'old')::int) where consumer = $1`,
    [name, ledgerDays],
  );
  await query(
    `update applied_origins set last_seen = current_date - ($2 + (origin = 'x/0/1')::int) where consumer = $1`,
    [name, ledgerDays],
  );
  await handle(eventOf('t', { 0: [{ offset: 4 }] }));
  expect(await remembered()).toEqual(['x/0/2', 'young']);
});

test('gaps are deleted after `ledgerDays`, and not earlier', async () => {
  const { name, handle } = consumer();
  const skipped = async () => {
    const sql = 'select from_offset::int as skipped from skipped_offsets where consumer = $1 order by 1';
    return (await query<{ skipped: number }>(sql, [name])).map((row) => row.skipped);
  };
  await handle(eventOf('t', { 0: offsets(1, 2) }));
  await handle(eventOf('t', { 0: offsets(3, 4) }));
  expect(await skipped()).toEqual([0, 2]);
  await query(
    'update skipped_offsets set skipped_at = current_date - ($2 + (from_offset = 0)::int) where consumer = $1',
    [name, ledgerDays],
  );
  await handle(eventOf('t', { 0: offsets(5, 6) }));
  expect(await skipped()).toEqual([2, 4]);
});

test('row identities are stored for 10,000 offsets after a gap, and nowhere else', async () => {
  const { name, handle } = consumer();
  await handle(eventOf('t', { 0: [row(0, 'a', 1)], 1: [row(7, 'b', 1)] }));
  await handle(eventOf('t', { 0: [row(1, 'a', 2), row(5, 'a', 2)] }));
  await handle(
    eventOf('t', {
      0: [row(10, 'a', 3), row(11, 'a', 3)],
      1: [row(8, 'b', 2), row(10_006, 'b', 3), row(10_007, 'b', 4)],
    }),
  );
  const stored = await query<{ origin: string }>(
    'select origin from applied_origins where consumer = $1 order by origin',
    [name],
  );
  expect(stored.map(({ origin }) => origin)).toEqual(['a:3', 'b:1', 'b:2', 'b:3']);
});

test('the ledger remembers for longer than a duplicate can take to arrive', () => {
  const keptDays = Math.max(...Object.values(topics).map(({ retentionMs }) => retentionMs)) / 86_400_000;
  const queuesDays = 4 + 14;
  expect(ledgerDays).toBeGreaterThan(keptDays + queuesDays);
});

const killOtherSessions = () =>
  query(`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`);

function gate() {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  return { opened, open };
}
