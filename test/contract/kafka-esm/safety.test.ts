import { describe, expect, test } from '@jest/globals';
import { eventually } from './cluster.ts';
import { FUNCTION, numbers, setStage, texts } from './stage.ts';

const { cluster, api, delivered, start, selfManaged, untilDelivered, untilCommitted } = setStage();

/** Each value once, in the order of its first delivery. */
const firsts = (values: string[]) => [...new Set(values)];

describe('a poller that is told to stop', () => {
  test('a stopped poller finishes and commits its batches in flight, starts no more, and exits with 0', async () => {
    const topic = await cluster().createTopic(1);
    await cluster().produce(topic, 0, numbers(20));
    const { UUID } = api().put(selfManaged(topic, { BatchSize: 10 }));
    api().behave(FUNCTION, () => ({ delayMs: 1_000 }));
    const poller = await start();
    await eventually(
      () => api().calls.length,
      (calls) => calls === 1,
    );
    expect(await poller.stop('SIGTERM')).toBe(0);
    expect(api().calls).toHaveLength(1);
    expect(await cluster().committed(UUID, topic)).toEqual([10]);
    expect(poller.stderr()).toBe('');
  });

  test('a stopped poller leaves the group, so that the next one continues at once after the last commit', async () => {
    const topic = await cluster().createTopic(1);
    await cluster().produce(topic, 0, ['a']);
    const { UUID } = api().put(selfManaged(topic));
    const poller = await start();
    await untilCommitted(UUID, topic, 1);
    await poller.stop('SIGINT');
    const { groups } = await cluster().admin.describeGroups([UUID]);
    expect(groups[0]?.members).toEqual([]);
    await cluster().produce(topic, 0, ['b']);
    await start();
    await untilDelivered(2);
    expect(delivered()).toEqual(['a', 'b']);
  });

  test('a stopped poller does not wait for a failing batch, and leaves it uncommitted', async () => {
    const topic = await cluster().createTopic(1);
    await cluster().produce(topic, 0, ['a']);
    const { UUID } = api().put(selfManaged(topic));
    api().behave(FUNCTION, () => ({ functionError: 'Unhandled' }));
    const poller = await start();
    await eventually(
      () => api().calls.length,
      (calls) => calls >= 2,
    );
    expect(await poller.stop('SIGTERM')).toBe(0);
    expect(await cluster().committed(UUID, topic)).toEqual([-1]);
  });
});

test('after kill -9 in mid-batch, uncommitted records are delivered again and none is skipped', async () => {
  const topic = await cluster().createTopic(2);
  const { UUID } = api().put(selfManaged(topic, { BatchSize: 7 }));
  api().behave(FUNCTION, () => ({ delayMs: 20 }));
  for (const partition of [0, 1]) await cluster().produce(topic, partition, numbers(200));
  for (const killAt of [40, 150]) {
    const poller = await start();
    await untilDelivered(killAt, 30_000);
    await poller.stop('SIGKILL');
  }
  await start();
  await eventually(
    () => cluster().committed(UUID, topic),
    (offsets) => offsets.every((offset) => offset === 200),
    40_000,
  );
  for (const partition of [0, 1]) expect(firsts(delivered(partition))).toEqual(numbers(200));
});

test('two pollers of a group share its partitions, and if one dies the other takes over and skips none', async () => {
  const topic = await cluster().createTopic(4);
  const { UUID } = api().put(selfManaged(topic, { BatchSize: 10 }));
  api().behave(FUNCTION, () => ({ delayMs: 10 }));
  for (const partition of [0, 1, 2, 3]) await cluster().produce(topic, partition, numbers(150));
  const [first, second] = [await start(), await start()];
  await eventually(
    () => [first, second].map(({ lines }) => lines.findLast(({ event }) => event === 'joined')?.partitions),
    (shares) => shares.every((share) => share === 2),
  );
  for (const partition of [0, 1, 2, 3]) await cluster().produce(topic, partition, numbers(150, 150));
  await first?.stop('SIGKILL');
  await eventually(
    () => cluster().committed(UUID, topic),
    (offsets) => offsets.every((offset) => offset === 300),
  );
  for (const partition of [0, 1, 2, 3]) expect(firsts(delivered(partition))).toEqual(numbers(300));
});

test('after a rebalance in mid-invoke a poller commits nothing of the partitions that it has lost', async () => {
  const topic = await cluster().createTopic(2);
  await cluster().produce(topic, 0, ['a']);
  await cluster().produce(topic, 1, ['b']);
  const { UUID } = api().put(selfManaged(topic));
  const [firstAnswers, lastAnswer] = [Promise.withResolvers<object>(), Promise.withResolvers<object>()];
  api().behave(FUNCTION, (_event, earlier) =>
    earlier.length < 2 ? firstAnswers.promise : earlier.length === 2 ? lastAnswer.promise : {},
  );
  await start('--max-concurrency', '2');
  await eventually(
    () => api().calls.length,
    (calls) => calls === 2,
  );
  const second = await start('--max-concurrency', '2');
  await eventually(
    () => second.lines.some(({ event }) => event === 'joined'),
    (joined) => joined,
  );
  // The first poller commits the kept partition. The lost one is delivered again, and not committed before it
  // is processed.
  await eventually(
    () => api().calls.length,
    (calls) => calls === 3,
  );
  const lost = Number(Object.keys(api().calls[2]?.event.records ?? {})[0]?.at(-1));
  firstAnswers.resolve({});
  const committed = await eventually(
    () => cluster().committed(UUID, topic),
    (offsets) => offsets.some((offset) => offset === 1),
  );
  expect(committed[lost]).toBe(-1);
  // A later commit must not include it either.
  await cluster().produce(topic, 1 - lost, ['c']);
  const later = await eventually(
    () => cluster().committed(UUID, topic),
    (offsets) => offsets[1 - lost] === 2,
  );
  expect(later[lost]).toBe(-1);
  lastAnswer.resolve({});
  expect(texts(api().calls[2]?.event ?? { eventSource: '', bootstrapServers: '', records: {} })).toEqual([
    ['a', 'b'][lost],
  ]);
  await eventually(
    () => cluster().committed(UUID, topic),
    (offsets) => offsets[lost] === 1,
  );
});

test('a partition that comes back after a rebalance in mid-retry is read from its last commit', async () => {
  const partitions = Array.from({ length: 20 }, (_, partition) => partition);
  const topic = await cluster().createTopic(partitions.length);
  const { UUID } = api().put(selfManaged(topic));
  let fails = true;
  // One after the other, so that some fail just before their poller learns that it has lost them.
  api().behave(FUNCTION, () => (fails ? { functionError: 'Unhandled', delayMs: 120 } : {}));
  const first = await start('--max-concurrency', '1');
  const groupIs = (state: string) =>
    eventually(
      () => cluster().admin.describeGroups([UUID]),
      ({ groups }) => groups[0]?.state === state,
    );
  await groupIs('Stable');
  const second = await start('--max-concurrency', '1');
  await groupIs('PreparingRebalance');
  for (const partition of partitions) await cluster().produce(topic, partition, [String(partition)]);
  await eventually(
    () => second.lines.some(({ event }) => event === 'joined'),
    (joined) => joined,
  );
  await second.stop();
  await eventually(
    () => first.lines.findLast(({ event }) => event === 'joined')?.partitions,
    (owned) => owned === partitions.length,
  );
  fails = false;
  await untilCommitted(UUID, topic, ...partitions.map(() => 1));
  expect(new Set(delivered().map(Number))).toEqual(new Set(partitions));
});
