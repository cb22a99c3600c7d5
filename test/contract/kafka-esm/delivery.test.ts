import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, connectCluster, eventually } from './cluster.ts';
import { type LambdaApi, recordsOf, startLambdaApi, textOf } from './lambda-api.ts';
import { type PollerProcess, startPoller } from './poller-process.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:sink';

let cluster: Cluster;
let api: LambdaApi;
let pollers: PollerProcess[] = [];

beforeAll(async () => {
  cluster = await connectCluster();
});
afterAll(() => cluster?.close());
afterEach(async () => {
  await Promise.all(pollers.map((poller) => poller.stop('SIGKILL')));
  pollers = [];
  await api.close();
});

const start = async (...options: string[]) => {
  const poller = await startPoller(api.url, ...options);
  pollers.push(poller);
  return poller;
};
const selfManaged = (topic: string, settings: object = {}) => ({
  FunctionArn: FUNCTION,
  Topics: [topic],
  SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: cluster.brokers } },
  MaximumBatchingWindowInSeconds: 0,
  ...settings,
});
const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => String(from + i));
/** Values of the batches that succeeded, in the order of their delivery. */
const delivered = (partition?: number) =>
  api
    .callsOf(FUNCTION)
    .filter(({ answer }) => !answer.functionError && !answer.destroy && (answer.status ?? 200) === 200)
    .flatMap(({ event }) => recordsOf(event))
    .filter((record) => partition === undefined || record.partition === partition)
    .map(textOf);

describe('delivery', () => {
  test('every record reaches the function once, in order within its partition, and is committed', async () => {
    api = await startLambdaApi();
    const topic = await cluster.createTopic(3);
    for (const partition of [0, 1, 2]) await cluster.produce(topic, partition, numbers(500));
    const { UUID } = api.put(selfManaged(topic, { BatchSize: 100 }));
    await start();
    await eventually(
      () => delivered().length,
      (count) => count >= 1500,
    );
    for (const partition of [0, 1, 2]) expect(delivered(partition)).toEqual(numbers(500));
    await eventually(
      () => cluster.committed(UUID, topic),
      (offsets) => offsets.every((offset) => offset === 500),
    );
    expect(Math.max(...api.callsOf(FUNCTION).map(({ event }) => recordsOf(event).length))).toBe(100);
  });
});
