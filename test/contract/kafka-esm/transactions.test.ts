import { describe, expect, test } from '@jest/globals';
import { eventually } from './cluster.ts';
import { FUNCTION, setStage } from './stage.ts';

const { cluster, api, delivered, start, selfManaged, untilDelivered, untilCommitted } = setStage();

const OTHER = `${FUNCTION}-2`;
const METRICS = ['--metrics-port', '0'];

/** A producer; the test begins and ends its transactions. One partition per request, as elsewhere. */
async function transactionalProducer() {
  const producer = cluster().kafka.producer({
    transactionalId: cluster().newName('transactional'),
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await producer.connect();
  return {
    async begin(topic: string) {
      const transaction = await producer.transaction();
      return {
        send: (...values: string[]) =>
          transaction.send({ topic, messages: values.map((value) => ({ value, partition: 0 })) }),
        commit: () => transaction.commit(),
        abort: () => transaction.abort(),
      };
    },
    close: () => producer.disconnect(),
  };
}

/**
 * One whole transaction. Returns when its marker is written, which a broker does some time after it has
 * answered.
 */
async function transact(topic: string, ending: 'commit' | 'abort', ...values: string[]) {
  const before = await end(topic);
  const producer = await transactionalProducer();
  const transaction = await producer.begin(topic);
  await transaction.send(...values);
  await transaction[ending]();
  await producer.close();
  // A transaction without records leaves no marker.
  if (values.length > 0) await untilEndIs(topic, before + values.length + 1);
}

const untilEndIs = (topic: string, offset: number) =>
  eventually(
    () => end(topic),
    (now) => now >= offset,
  );

/** The end of partition 0, markers included. */
const end = async (topic: string) => Number((await cluster().admin.fetchTopicOffsets(topic))[0]?.high);

async function untilLagIsGone(topic: string, group: string, poller: { lines: { event: string }[] }) {
  const offset = await end(topic);
  await untilCommitted(group, topic, offset);
  const ready = poller.lines.find(({ event }) => event === 'ready');
  const port = ready && 'metricsPort' in ready ? ready.metricsPort : undefined;
  await eventually(
    () => fetch(`http://127.0.0.1:${port}/metrics`).then((response) => response.text()),
    (text) =>
      text.includes(`kafka_consumergroup_lag{consumergroup="${group}",topic="${topic}",partition="0"} 0`),
  );
}

describe('transactions', () => {
  test('committed records are delivered; aborted records and markers are not', async () => {
    const topic = await cluster().createTopic(1);
    const { UUID } = api().put(selfManaged(topic));
    await transact(topic, 'commit', 'a', 'b');
    await transact(topic, 'abort', 'x', 'y');
    await cluster().produce(topic, 0, ['c']);
    const poller = await start(...METRICS);
    await untilDelivered(3);
    await transact(topic, 'commit', 'd');
    await untilDelivered(4);
    expect(delivered()).toEqual(['a', 'b', 'c', 'd']);
    // The last entry of the partition is a marker. It is not delivered, but it counts as processed.
    await untilLagIsGone(topic, UUID, poller);
  });

  test('a partition with only aborted records is committed to its end', async () => {
    const topic = await cluster().createTopic(1);
    const { UUID } = api().put(selfManaged(topic));
    const poller = await start(...METRICS);
    await transact(topic, 'abort', 'x');
    await transact(topic, 'abort', 'y');
    await untilLagIsGone(topic, UUID, poller);
    expect(api().calls).toEqual([]);
  });

  test('a marker that arrives while a batch is in flight is not committed before that batch', async () => {
    const topic = await cluster().createTopic(1);
    const { UUID } = api().put(selfManaged(topic));
    const answer = Promise.withResolvers<object>();
    api().behave(FUNCTION, () => answer.promise);
    await cluster().produce(topic, 0, ['a']);
    await start();
    await eventually(
      () => api().calls.length,
      (calls) => calls === 1,
    );
    await transact(topic, 'abort', 'x');
    await transact(topic, 'commit');
    // Time for the poller to fetch the markers: another mapping of the topic has passed them.
    const other = api().put(selfManaged(topic, { FunctionArn: OTHER }));
    await untilCommitted(other.UUID, topic, await end(topic));
    expect(await cluster().committed(UUID, topic)).toEqual([-1]);
    answer.resolve({});
    await untilCommitted(UUID, topic, await end(topic));
    expect(delivered()).toEqual(['a']);
  });

  test('overlapping transactions are told apart, wherever a fetch starts', async () => {
    const topic = await cluster().createTopic(1);
    const [first, second, third] = [
      await transactionalProducer(),
      await transactionalProducer(),
      await transactionalProducer(),
    ];
    const [aborted, alsoAborted, committed] = [
      await first.begin(topic),
      await second.begin(topic),
      await third.begin(topic),
    ];
    await aborted.send('x0', 'x1');
    await alsoAborted.send('y2');
    await committed.send('a');
    await aborted.send('x4');
    await alsoAborted.send('y5');
    await committed.send('b');
    // It ended first, so brokers list it first, although it began later.
    await alsoAborted.abort();
    await committed.commit();
    await aborted.abort();
    await untilEndIs(topic, 10);
    await Promise.all([first, second, third].map((producer) => producer.close()));
    const begins = [0, 1, 2, 5];
    const groups = await Promise.all(
      begins.map(async (offset) => {
        const groupId = cluster().newName(`from-${offset}`);
        const partitions = [{ partition: 0, offset: String(offset) }];
        await cluster().admin.setOffsets({ groupId, topic, partitions });
        api().put(
          selfManaged(topic, {
            FunctionArn: `${FUNCTION}-from-${offset}`,
            SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: groupId },
          }),
        );
        return groupId;
      }),
    );
    await start();
    for (const group of groups) await untilCommitted(group, topic, await end(topic));
    const seen = begins.map((at) => delivered(0, `${FUNCTION}-from-${at}`).join(' '));
    expect(seen).toEqual(['a b', 'a b', 'a b', 'b']);
  });

  test('an open transaction holds back all later records until it ends', async () => {
    const topic = await cluster().createTopic(1);
    const { UUID } = api().put(selfManaged(topic));
    const producer = await transactionalProducer();
    const open = await producer.begin(topic);
    await cluster().produce(topic, 0, ['a']);
    await open.send('b');
    await cluster().produce(topic, 0, ['c']);
    await start();
    await untilCommitted(UUID, topic, 1);
    await open.commit();
    await untilDelivered(3);
    await producer.close();
    expect(delivered()).toEqual(['a', 'b', 'c']);
  });
});
