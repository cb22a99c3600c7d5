// Offsets of a cluster that was replaced, and of a topic that was made anew.
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import fc from 'fast-check';
import { generationsOnCluster } from '../../../../../lambdas/errors/record-failed-batches/generations-table.ts';
import { recordFailedBatches } from '../../../../../lambdas/errors/record-failed-batches/record-failed-batches.ts';
import { storeFailures } from '../../../../../lambdas/errors/record-failed-batches/recorded-failures.ts';
import type { Apply } from '../../../../../lambdas/shared/exactly-once/apply.ts';
import { consume } from '../../../../../lambdas/shared/exactly-once/consume.ts';
import { TopicMadeAnew } from '../../../../../lambdas/shared/exactly-once/made-anew.ts';
import { Transient } from '../../../../../lambdas/shared/failures/failures.ts';
import { formatOrigin } from '../../../../../lambdas/shared/kafka/kafka-event.ts';
import { nextAttempt } from '../../../../../lambdas/shared/retry/retry-topic.ts';
import { kafkaEvent, type SentRecord } from '../../../../fixtures/kafka-events.ts';
import { runs } from '../../../../fixtures/runs.ts';
import { testDatabase } from '../../test-database.ts';
import { someoneWaits } from '../../waiting-session.ts';

const { connect, query } = testDatabase();

const startMs = Date.UTC(2026, 0, 1);
const silent = { info() {}, error() {} };

interface Sent {
  readonly offset: number;
  readonly at?: number;
  readonly headers?: Record<string, string>;
}

/** A record that was produced `at` seconds after the start; without it, as many as its offset. */
const sent = ({ offset, at = offset, headers = {} }: Sent): SentRecord => ({
  offset,
  timestampMs: startMs + at * 1000,
  value: String(offset),
  headers,
});
const records = (from: number, to: number, at = 0): Sent[] =>
  Array.from({ length: to - from }, (_, index) => ({ offset: from + index, at: at + from + index }));
const row = (offset: number, number: number): Sent => ({
  offset,
  headers: { source: 'file-of-rows', row: String(number) },
});

/** A topic that only one test has. */
function newTopic() {
  const topic = `topic-${randomUUID()}`;
  const eventOf = (cluster: string, all: readonly Sent[]) => kafkaEvent(topic, { 0: all.map(sent) }, cluster);
  const ledgerOf = (name: string) =>
    query<{ topic: string; next: number }>(
      `select replace(topic, $2, 't') as topic, next_offset::int as next
         from applied_offsets where consumer = $1 and split_part(topic, '@', 1) = $2 order by topic`,
      [name, topic],
    );
  return { topic, eventOf, ledgerOf };
}

/** A consumer of a newly deployed function, and the records that it applied, as `<topic>:<offset>`. */
function consumer({
  topic,
  name = 'land-observations',
  epoch = 0,
  defers = () => false,
}: {
  topic: string;
  name?: string;
  epoch?: number;
  defers?: (attempt: number) => boolean;
}) {
  const applied: string[] = [];
  const retries: Record<string, string>[] = [];
  const apply: Apply<object> = async (partitions, _, defer) => {
    for (const record of partitions.flatMap((each) => each.records))
      if (defers(record.headers.attempt ?? 0)) defer(record, new Transient('not now'));
      else applied.push(`${record.topic.replace(topic, 't')}:${record.offset}`);
    return {};
  };
  const handle = consume({
    name,
    epochs: { [topic]: epoch },
    database: connect(),
    log: silent,
    apply,
    retry: async (deferred) => {
      for (const { record } of deferred) {
        const { origin, attempt } = nextAttempt(record);
        retries.push({ origin: formatOrigin(origin), attempt: String(attempt), 'retry-for': name });
      }
    },
  });
  return { name, handle, applied, retries };
}

test('a replaced cluster begins at offset 0, and the old one goes on where it was', async () => {
  const { topic, eventOf, ledgerOf } = newTopic();
  const { name, handle, applied } = consumer({ topic });
  await handle(eventOf('old', records(0, 3)));
  await handle(eventOf('new', records(0, 2)));
  await handle(eventOf('new', records(1, 3)));
  await handle(eventOf('old', records(2, 4)));
  expect(applied).toEqual(['t:0', 't:1', 't:2', 't@1:0', 't@1:1', 't@1:2', 't:3']);
  expect(await ledgerOf(name)).toEqual([
    { topic: 't', next: 4 },
    { topic: 't@1', next: 3 },
  ]);
});

test('a topic with a raised epoch begins at offset 0, and returns to its offsets with the old epoch', async () => {
  const { topic, eventOf } = newTopic();
  const all = [0, 1, 0].map((epoch) => consumer({ topic, epoch }));
  for (const { handle } of all) await handle(eventOf('one', records(0, 2)));
  expect(all.map(({ applied }) => applied)).toEqual([['t:0', 't:1'], ['t@1:0', 't@1:1'], []]);
});

test('readers of the ledger find the generation that was last in use', async () => {
  const { topic, eventOf } = newTopic();
  const current = async () => {
    const [found] = await query<{ name: string }>('select ledger_topic($1) as name', [topic]);
    return found?.name.replace(topic, 't');
  };
  const found = [await current()];
  for (const epoch of [0, 1, 0]) {
    await consumer({ topic, epoch }).handle(eventOf('one', records(0, 1)));
    found.push(await current());
  }
  expect(found).toEqual(['t', 't', 't@1', 't']);
});

test('functions that begin a generation at once agree on it', async () => {
  const { topic, eventOf } = newTopic();
  await consumer({ topic }).handle(eventOf('old', records(0, 1)));
  const all = Array.from({ length: 6 }, () => consumer({ topic, name: randomUUID() }));
  await Promise.all(all.map(({ handle }) => handle(eventOf('new', records(0, 1)))));
  expect(new Set(all.flatMap(({ applied }) => applied))).toEqual(new Set(['t@1:0']));
});

test('rows that a producer sends to both generations count once', async () => {
  const { topic, eventOf } = newTopic();
  const { handle, applied } = consumer({ topic, name: randomUUID() });
  await handle(eventOf('old', [row(0, 1), row(1, 2)]));
  await handle(eventOf('new', [row(0, 2), row(1, 3)]));
  await handle(eventOf('new', [row(2, 2), row(3, 3), row(4, 4)]));
  expect(applied).toEqual(['t:0', 't:1', 't@1:1', 't@1:4']);
});

test('a record that was deferred returns in the next generation, and is applied once', async () => {
  const { topic, eventOf } = newTopic();
  const defers = (attempt: number) => attempt === 0;
  const { handle, applied, retries } = consumer({ topic, name: randomUUID(), defers });
  await handle(eventOf('old', records(7, 8)));
  const headers = retries[0] ?? {};
  expect(headers.origin).toBe(`${topic}/0/7`);
  await handle(
    eventOf('new', [
      { offset: 0, headers },
      { offset: 1, headers },
    ]),
  );
  expect(applied).toEqual(['t@1:0']);
  await handle(eventOf('new', [{ offset: 2 }]));
  expect(retries.at(-1)?.origin).toBe(`${topic}@1/0/2`);
});

test('a batch of a generation waits for one of an earlier generation that is still running', async () => {
  const { topic, eventOf } = newTopic();
  const name = randomUUID();
  await consumer({ topic, name }).handle(eventOf('old', records(0, 1)));
  const other = consumer({ topic, name });
  await other.handle(eventOf('new', records(0, 1)));
  const session = connect();
  const holding = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const old = session.transaction(async (inside) => {
    await inside('select lock_offsets($1, $2, $3)', [[name], [topic], [0]]);
    locked.resolve();
    await holding.promise;
  });
  await locked.promise;
  const handled = other.handle(eventOf('new', records(1, 2)));
  await someoneWaits(query);
  holding.resolve();
  await Promise.all([old, handled]);
  expect(other.applied).toEqual(['t@1:0', 't@1:1']);
});

test.each([
  ['newer', 1_000],
  ['stamped by a clock that is behind', -1_000],
])('records of a topic that was made anew and that are %s stop the consumer', async (_, at) => {
  const { topic, eventOf, ledgerOf } = newTopic();
  const { name, handle, applied } = consumer({ topic, name: randomUUID() });
  await handle(eventOf('one', records(0, 5)));
  const before = await ledgerOf(name);
  const anew = handle(eventOf('one', records(0, 9, at)));
  await expect(anew).rejects.toThrow(TopicMadeAnew);
  await expect(anew).rejects.toThrow(
    `${topic}, partition 0: offset 0 of ${new Date(startMs + at * 1000).toISOString()} is another record than ` +
      `${name} has processed there, and the next offset is 5. Was the topic deleted and made anew? Then raise ` +
      `the epoch of ${topic} in lib/config.ts and deploy (docs/runbook.md#a-topic-was-made-anew). Until then, nothing of ` +
      'this partition is processed',
  );
  expect([applied.length, await ledgerOf(name)]).toEqual([5, before]);

  const deployed = consumer({ topic, name, epoch: 1 });
  await deployed.handle(eventOf('one', records(0, 9, at)));
  expect(deployed.applied).toHaveLength(9);
});

test('records of a topic that was made anew stop the consumer from any offset, if they are newer', async () => {
  const { topic, eventOf } = newTopic();
  const { handle } = consumer({ topic, name: randomUUID() });
  await handle(eventOf('one', records(0, 5)));
  await expect(handle(eventOf('one', records(3, 4, 1_000)))).rejects.toThrow(TopicMadeAnew);
});

test('records in a gap were never seen: if they come, they are passed over', async () => {
  const { topic, eventOf } = newTopic();
  const { handle, applied } = consumer({ topic, name: randomUUID() });
  await handle(eventOf('one', records(0, 2)));
  await handle(eventOf('one', records(5, 7)));
  await handle(eventOf('one', [{ offset: 2, at: 1_000 }, { offset: 5 }, { offset: 6 }, { offset: 7 }]));
  expect(applied).toEqual(['t:0', 't:1', 't:5', 't:6', 't:7']);
});

test('no delivery of the same records stops a consumer, whatever their timestamps and the cuts of batches', async () => {
  const cut = fc.record({ from: fc.nat(19), length: fc.integer({ min: 1, max: 20 }) });
  const stamps = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 20, maxLength: 20 });
  const property = fc.asyncProperty(stamps, fc.array(cut, { maxLength: 8 }), async (ats, cuts) => {
    const { topic, eventOf } = newTopic();
    const { handle, applied } = consumer({ topic, name: randomUUID() });
    const all = ats.map((at, offset) => ({ offset, at }));
    for (const { from, length } of cuts) await handle(eventOf('one', all.slice(from, from + length)));
    expect(new Set(applied).size).toBe(applied.length);
  });
  await fc.assert(property, runs({ all: 20, few: 6 }));
});

test('a ledger of an older release takes no record that comes again for one of a topic made anew', async () => {
  const { topic, eventOf } = newTopic();
  const { name, handle, applied } = consumer({ topic, name: randomUUID() });
  await query(
    `insert into applied_offsets (consumer, topic, partition, next_offset, newest_ms)
     values ($1, $2, 0, 5, extract(epoch from now() + interval '1 hour') * 1000)`,
    [name, topic],
  );
  await handle(eventOf('one', records(3, 7)));
  await handle(eventOf('one', records(2, 8)));
  expect(applied).toEqual(['t:5', 't:6', 't:7']);
  await expect(handle(eventOf('one', records(3, 4, 1)))).rejects.toThrow(TopicMadeAnew);
});

/** Announces a batch that Lambda discarded, and returns whether it was recorded. */
async function announce(event: object, failedAt: Date): Promise<boolean> {
  const batch = {
    requestContext: { functionArn: 'arn:aws:lambda:us-east-1:1:function:isobar-test-land-observations' },
    timestamp: failedAt.toISOString(),
    payload: JSON.stringify(event),
  };
  const database = connect();
  const record = recordFailedBatches({
    read: async () => JSON.stringify(batch),
    nameFiles: async () => () => null,
    generationsOf: generationsOnCluster(database, {}),
    store: (failures) => database.transaction((inside) => storeFailures(inside, failures, async () => {})),
    log: silent,
  });
  const notice = { Records: [{ s3: { bucket: { name: 'b' }, object: { key: 'k', eTag: 'e' } } }] };
  const { batchItemFailures } = await record({
    Records: [{ messageId: 'm', body: JSON.stringify(notice) }],
  } as unknown as SQSEvent);
  return batchItemFailures.length === 0;
}

const deadLetters = (topic: string) =>
  query<{ topic: string; offset: number }>(
    `select replace(topic, $1, 't') as topic, "offset"::int as offset from error_weather_data
      where split_part(topic, '@', 1) = $1 order by 1, 2`,
    [topic],
  );

test('a discarded batch of a topic that was made anew is kept until the epoch is raised, and then recorded', async () => {
  const { topic, eventOf } = newTopic();
  const { handle } = consumer({ topic });
  await handle(eventOf('one', records(0, 5)));
  const discarded = eventOf('one', records(0, 2, 1_000));
  await expect(handle(discarded)).rejects.toThrow(TopicMadeAnew);
  const failedAt = new Date();
  expect(await announce(discarded, failedAt)).toBe(false);
  expect(await deadLetters(topic)).toEqual([]);

  const deployed = consumer({ topic, epoch: 1 });
  await deployed.handle(eventOf('one', records(2, 4, 1_000)));
  expect(await announce(discarded, failedAt)).toBe(true);
  expect(await announce(discarded, failedAt)).toBe(true);
  expect(await deadLetters(topic)).toEqual([
    { topic: 't@1', offset: 0 },
    { topic: 't@1', offset: 1 },
  ]);
  expect(deployed.applied).toEqual(['t@1:2', 't@1:3']);
});

test('a discarded batch is of the generation that was in use when it failed', async () => {
  const { topic, eventOf, ledgerOf } = newTopic();
  await consumer({ topic }).handle(eventOf('one', records(0, 2)));
  const failedAt = new Date();
  await consumer({ topic, epoch: 1 }).handle(eventOf('one', records(0, 2)));
  expect(await announce(eventOf('one', records(2, 4)), failedAt)).toBe(true);
  expect(await announce(eventOf('one', records(2, 3)), new Date(Date.now() + 1_000))).toBe(true);
  expect(await deadLetters(topic)).toEqual([
    { topic: 't', offset: 2 },
    { topic: 't', offset: 3 },
    { topic: 't@1', offset: 2 },
  ]);
  expect(await ledgerOf('land-observations')).toEqual([
    { topic: 't', next: 4 },
    { topic: 't@1', next: 3 },
  ]);
});

test('a discarded row that its producer had sent to an earlier generation is no dead letter', async () => {
  const { topic, eventOf } = newTopic();
  await consumer({ topic }).handle(eventOf('old', [row(0, 1), row(1, 2)]));
  await consumer({ topic }).handle(eventOf('new', [row(0, 1)]));
  expect(await announce(eventOf('new', [row(1, 2), row(2, 3)]), new Date())).toBe(true);
  expect(await deadLetters(topic)).toEqual([{ topic: 't@1', offset: 2 }]);
});

test('a gap is recorded for its generation alone', async () => {
  const { topic, eventOf } = newTopic();
  const { name, handle } = consumer({ topic, name: randomUUID() });
  await handle(eventOf('old', records(0, 5)));
  await handle(eventOf('new', records(3, 5)));
  expect(
    await query(
      'select replace(topic, $2, \'t\') as topic, from_offset::int as "from", to_offset::int as "to" from skipped_offsets where consumer = $1',
      [name, topic],
    ),
  ).toEqual([{ topic: 't@1', from: 0, to: 3 }]);
});
