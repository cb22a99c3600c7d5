import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { type Cluster, connectCluster, eventually } from './cluster.ts';
import { type KafkaEvent, type LambdaApi, recordsOf, startLambdaApi, textOf } from './lambda-api.ts';
import { type PollerProcess, startPoller } from './poller-process.ts';

export const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:sink';

export const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => String(from + i));
export const texts = (event: KafkaEvent) => recordsOf(event).map(textOf);

/** A cluster for each file, a Lambda API for each test, and the pollers that a test starts. */
export function setStage() {
  let cluster: Cluster;
  let api: LambdaApi;
  let pollers: PollerProcess[] = [];

  beforeAll(async () => {
    cluster = await connectCluster();
  });
  afterAll(() => cluster?.close());
  beforeEach(async () => {
    api = await startLambdaApi();
  });
  afterEach(async () => {
    await Promise.all(pollers.map((poller) => poller.stop('SIGKILL')));
    pollers = [];
    await api.close();
  });

  /** The values of the batches that succeeded, in the order of their invokes. */
  const delivered = (partition?: number, functionArn = FUNCTION) =>
    api
      .callsOf(functionArn)
      .filter(
        ({ answer }) =>
          answer.done && !answer.functionError && !answer.destroy && (answer.status ?? 200) === 200,
      )
      .flatMap(({ event }) => recordsOf(event))
      .filter((record) => partition === undefined || record.partition === partition)
      .map(textOf);

  return {
    cluster: () => cluster,
    api: () => api,
    delivered,

    async start(...options: string[]): Promise<PollerProcess> {
      const poller = await startPoller(api.url, ...options);
      pollers.push(poller);
      return poller;
    },

    /** A mapping of a self-managed cluster. It has no batching window unless the test sets one. */
    selfManaged: (topic: string, settings: object = {}) => ({
      FunctionArn: FUNCTION,
      Topics: [topic],
      SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: cluster.brokers } },
      MaximumBatchingWindowInSeconds: 0,
      ...settings,
    }),

    untilDelivered: (count: number, deadlineMs?: number) =>
      eventually(
        () => delivered().length,
        (seen) => seen >= count,
        deadlineMs,
      ),

    untilCommitted: (group: string, topic: string, ...offsets: number[]) =>
      eventually(
        () => cluster.committed(group, topic),
        (seen) => offsets.every((offset, partition) => seen[partition] === offset),
      ),
  };
}
