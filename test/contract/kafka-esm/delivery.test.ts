import { describe, expect, test } from '@jest/globals';
import { eventually } from './cluster.ts';
import { type Answer, recordsOf } from './lambda-api.ts';
import { FUNCTION, numbers, setStage, texts } from './stage.ts';

const { cluster, api, delivered, start, selfManaged, untilDelivered, untilCommitted } = setStage();

describe('records', () => {
  test('records reach the function once, in the order of their partition, and are committed', async () => {
    const topic = await cluster().createTopic(3);
    for (const partition of [0, 1, 2]) await cluster().produce(topic, partition, numbers(500));
    const { UUID } = api().put(selfManaged(topic, { BatchSize: 100 }));
    await start();
    await untilDelivered(1500);
    for (const partition of [0, 1, 2]) expect(delivered(partition)).toEqual(numbers(500));
    await untilCommitted(UUID, topic, 500, 500, 500);
  });

  test('records of an older topic arrive, with a given group and the brokers of the MSK cluster', async () => {
    const topic = await cluster().createTopic(1);
    await cluster().produce(topic, 0, ['a']);
    const ConsumerGroupId = cluster().newName('group');
    const arn = 'arn:aws:kafka:us-east-1:000000000000:cluster/weather/abc-1';
    api().answerOthers(({ path }) =>
      path === `/v1/clusters/${encodeURIComponent(arn)}/bootstrap-brokers`
        ? { status: 200, body: JSON.stringify({ bootstrapBrokerString: cluster().brokers.join() }) }
        : { status: 404 },
    );
    api().put({
      FunctionArn: FUNCTION,
      Topics: [topic],
      EventSourceArn: arn,
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId },
    });
    await start();
    await untilDelivered(1);
    expect(api().calls[0]?.event).toMatchObject({
      eventSource: 'aws:kafka',
      eventSourceArn: arn,
      bootstrapServers: cluster().brokers.join(),
    });
    await untilCommitted(ConsumerGroupId, topic, 1);
  });

  test('records keep key, headers, times and tombstones, compressed or not', async () => {
    const topic = await cluster().createTopic(1);
    const headers = { trace: [Buffer.from([128, 1]), Buffer.from('b')] };
    await cluster().produce(topic, 0, [{ key: 'k', value: 'v', headers, timestamp: '1545084650987' }]);
    await cluster().produce(topic, 0, [{ key: null, value: null }], 1);
    api().put(selfManaged(topic));
    await start();
    await eventually(
      () => api().calls.flatMap(({ event }) => recordsOf(event)).length,
      (count) => count === 2,
    );
    const [plain, tombstone] = api().calls.flatMap(({ event }) => recordsOf(event));
    expect(plain).toEqual({
      topic,
      partition: 0,
      offset: 0,
      timestamp: 1545084650987,
      timestampType: 'CREATE_TIME',
      key: 'aw==',
      value: 'dg==',
      headers: [{ trace: [-128, 1] }, { trace: [98] }],
    });
    expect(tombstone).not.toHaveProperty('key');
    expect(tombstone).not.toHaveProperty('value');
  });

  // The broker itself compresses the topic's records.
  test.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'records of a topic with %s compression are delivered',
    async (codec) => {
      const topic = await cluster().createTopic(1, { config: { 'compression.type': codec } });
      const values = numbers(500).map((number) => `${number} `.repeat(50));
      await cluster().produce(topic, 0, values);
      api().put(selfManaged(topic));
      await start();
      await untilDelivered(500);
      expect(delivered()).toEqual(values);
    },
  );

  test('several topics can have one function, and one topic several functions', async () => {
    const [first, second] = [await cluster().createTopic(1), await cluster().createTopic(1)];
    await cluster().produce(first, 0, ['1']);
    await cluster().produce(second, 0, ['2']);
    const other = `${FUNCTION}-2`;
    api().put(selfManaged(first, { Topics: [first, second] }));
    api().put(selfManaged(first, { FunctionArn: other }));
    api().put(selfManaged(second, { FunctionArn: other }));
    await start();
    await eventually(
      () =>
        [FUNCTION, other].map((arn) =>
          api()
            .callsOf(arn)
            .flatMap(({ event }) => texts(event))
            .toSorted(),
        ),
      (seen) => seen.every((values) => values.join() === '1,2'),
    );
  });
});

describe('a batch', () => {
  test('a batch closes at its window', async () => {
    const topic = await cluster().createTopic(1);
    api().put(selfManaged(topic, { MaximumBatchingWindowInSeconds: 15 }));
    const poller = await start();
    await eventually(
      () => poller.lines.some(({ event }) => event === 'joined'),
      (joined) => joined,
    );
    const sentAt = performance.now();
    await cluster().produce(topic, 0, ['a']);
    await cluster().produce(topic, 0, ['b']);
    await untilDelivered(2);
    const [call, ...more] = api().calls;
    expect(more).toEqual([]);
    expect((call?.at ?? 0) - sentAt).toBeGreaterThan(14_900);
  });

  test('a batch closes before its event exceeds 6 MB, with records of different sizes', async () => {
    const topic = await cluster().createTopic(1, { config: { 'max.message.bytes': '8000000' } });
    const sizes = [
      900, 10, 800, 700_000, 900_000, 5, 850_000, 900_000, 900_000, 900_000, 1, 900_000, 900_000,
    ];
    for (const size of sizes) await cluster().produce(topic, 0, ['x'.repeat(size)]);
    api().put(selfManaged(topic, { BatchSize: 1000, MaximumBatchingWindowInSeconds: 10 }));
    await start();
    await untilDelivered(sizes.length);
    expect(delivered().map((value) => value.length)).toEqual(sizes);
    expect(Math.max(...api().calls.map(({ bytes }) => bytes))).toBeLessThanOrEqual(6 * 1024 * 1024);
    expect(api().calls[0]?.bytes).toBeGreaterThan(4.5 * 1024 * 1024);
  });

  test('a partition never has two batches in flight', async () => {
    const topic = await cluster().createTopic(1);
    await cluster().produce(topic, 0, numbers(40));
    api().behave(FUNCTION, () => ({ delayMs: 30 }));
    api().put(selfManaged(topic, { BatchSize: 5 }));
    await start('--max-concurrency', '8');
    await untilDelivered(40);
    expect(api().mostInFlight()).toBe(1);
    expect(delivered()).toEqual(numbers(40));
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html
describe('concurrent invokes', () => {
  test.each<[string, object, number, number]>([
    ['on demand, slow invokes grow to one per partition', {}, 3, 12],
    [
      'a provisioned poller makes 5 concurrent invokes',
      { ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 1 } },
      20,
      5,
    ],
    [
      'MaximumPollers bounds the concurrent invokes',
      { ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 2 } },
      20,
      10,
    ],
    [
      'the number of partitions bounds the concurrent invokes',
      { ProvisionedPollerConfig: { MinimumPollers: 9, MaximumPollers: 9 } },
      45,
      12,
    ],
  ])('%s', async (_name, settings, maxConcurrency, expected) => {
    const topic = await cluster().createTopic(12);
    for (let partition = 0; partition < 12; partition++)
      await cluster().produce(topic, partition, ['a', 'b']);
    const held: (() => void)[] = [];
    api().behave(FUNCTION, () => new Promise((resolve) => held.push(() => resolve({}))));
    api().put(selfManaged(topic, { BatchSize: 1, ...settings }));
    await start('--max-concurrency', String(maxConcurrency));
    const inFlight = () => api().calls.filter(({ answer }) => !answer.done).length;
    await eventually(inFlight, (count) => count === expected);
    // One invoke that ends makes room for exactly one more.
    held[0]?.();
    await eventually(
      () => api().calls.length,
      (calls) => calls === expected + 1,
    );
    expect(api().mostInFlight()).toBe(expected);
  });
});

describe('a function that fails', () => {
  test('a failed batch is retried with growing delays, and not committed before it succeeds', async () => {
    const topic = await cluster().createTopic(1);
    await cluster().produce(topic, 0, numbers(10));
    const { UUID } = api().put(selfManaged(topic, { BatchSize: 5 }));
    const committed: number[][] = [];
    api().behave(FUNCTION, async (_event, earlier) => {
      if (earlier.length >= 3) return {};
      committed.push(await cluster().committed(UUID, topic));
      return { functionError: 'Unhandled' };
    });
    await start();
    await untilCommitted(UUID, topic, 10);
    expect(committed).toEqual([[-1], [-1], [-1]]);
    expect(api().calls.map(({ event }) => texts(event)[0])).toEqual(['0', '0', '0', '0', '5']);
    const at = api().calls.map((call) => call.at);
    expect((at[3] ?? 0) - (at[2] ?? 0)).toBeGreaterThan(350);
  });

  test('records that the broker has deleted are not retried', async () => {
    const topic = await cluster().createTopic(1);
    const { UUID } = api().put(selfManaged(topic, { BatchSize: 3 }));
    api().behave(FUNCTION, (event) => (texts(event).includes('a') ? { functionError: 'Unhandled' } : {}));
    await cluster().produce(topic, 0, ['a', 'b', 'c', 'd']);
    await start();
    await eventually(
      () => api().calls.length,
      (calls) => calls >= 2,
    );
    await cluster().admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '1' }] });
    await untilCommitted(UUID, topic, 4);
    expect(delivered()).toEqual(['b', 'c', 'd']);
  });

  test.each<[string, Answer | Promise<Answer>]>([
    ['fails', { functionError: 'Unhandled' }],
    ['hangs', new Promise(() => undefined)],
  ])(
    'a function that %s on one partition of ten does not delay the other partitions',
    async (_name, answer) => {
      const partitions = Array.from({ length: 10 }, (_, partition) => partition);
      const topic = await cluster().createTopic(partitions.length);
      const { UUID } = api().put(selfManaged(topic, { BatchSize: 50 }));
      api().behave(FUNCTION, (event) =>
        recordsOf(event).some(({ partition }) => partition === 2) ? answer : {},
      );
      for (const partition of partitions) await cluster().produce(topic, partition, numbers(300));
      await start('--max-concurrency', '1');
      await untilCommitted(UUID, topic, ...partitions.map((partition) => (partition === 2 ? -1 : 300)));
    },
  );
});

describe('a mapping', () => {
  test('a disabled mapping stops, and continues at its last commit when it is enabled again', async () => {
    const topic = await cluster().createTopic(1);
    const mapping = api().put(selfManaged(topic));
    const poller = await start();
    await cluster().produce(topic, 0, ['a']);
    await untilDelivered(1);
    api().put({ ...mapping, State: 'Disabled' });
    await eventually(
      () => poller.lines.some(({ event }) => event === 'mapping-stopped'),
      (stopped) => stopped,
    );
    await cluster().produce(topic, 0, ['b']);
    api().put({ ...mapping, State: 'Enabled' });
    await untilDelivered(2);
    expect(delivered()).toEqual(['a', 'b']);
  });

  test('an updated mapping takes effect without a restart', async () => {
    const topic = await cluster().createTopic(1);
    const mapping = api().put(selfManaged(topic));
    await start();
    await cluster().produce(topic, 0, ['a']);
    await untilDelivered(1);
    const other = `${FUNCTION}-2`;
    api().put({ ...mapping, FunctionArn: other });
    await eventually(
      async () => {
        await cluster().produce(topic, 0, ['b']);
        return api().callsOf(other).length;
      },
      (calls) => calls > 0,
    );
  });

  test('a deleted mapping stops, and the others go on', async () => {
    const topic = await cluster().createTopic(1);
    const other = `${FUNCTION}-2`;
    const { UUID } = api().put(selfManaged(topic));
    api().put(selfManaged(topic, { FunctionArn: other }));
    const poller = await start();
    await cluster().produce(topic, 0, ['a']);
    await untilDelivered(1);
    api().remove(UUID);
    await eventually(
      () => poller.lines.some(({ event, mapping }) => event === 'mapping-stopped' && mapping === UUID),
      (stopped) => stopped,
    );
    await cluster().produce(topic, 0, ['b']);
    await eventually(
      () => delivered(0, other),
      (values) => values.join() === 'a,b',
    );
    expect(delivered()).toEqual(['a']);
  });

  test('a mapping whose topic is created later starts when the topic exists', async () => {
    const name = cluster().newName('late');
    api().put(selfManaged(name));
    const poller = await start();
    await eventually(
      () => poller.lines.some(({ event }) => event === 'polling-failed'),
      (failed) => failed,
    );
    await cluster().createTopic(1, { name });
    await cluster().produce(name, 0, ['a']);
    await untilDelivered(1);
  });
});
