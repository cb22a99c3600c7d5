import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually } from './cluster.ts';
import { type LambdaApi, recordsOf, startLambdaApi } from './lambda-api.ts';
import { keepLedger } from './ledger.ts';
import { type PollerProcess, startPoller } from './poller-process.ts';
import { FUNCTION, numbers, texts } from './stage.ts';
import { startThrowawayCluster, type ThrowawayCluster } from './throwaway-cluster.ts';

const PARTITIONS = 3;
const MOVES = 15;

let brokers: ThrowawayCluster;
let api: LambdaApi;
let poller: PollerProcess | undefined;

beforeAll(async () => {
  brokers = await startThrowawayCluster();
}, 600_000);
afterAll(() => brokers?.close());
beforeEach(async () => {
  api = await startLambdaApi();
});
afterEach(async () => {
  await poller?.stop('SIGKILL');
  await api.close();
});

/** Creates a mapping of a new topic whose function takes `delayMs` for a batch. */
async function flow({ delayMs, settings = {} }: { delayMs: number; settings?: object }) {
  const { cluster } = brokers;
  const topic = await cluster.createTopic(PARTITIONS, { config: { 'min.insync.replicas': '2' } });
  await brokers.inSync(topic);
  const { UUID: group } = api.put({
    FunctionArn: FUNCTION,
    Topics: [topic],
    SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: cluster.brokers } },
    BatchSize: 10,
    MaximumBatchingWindowInSeconds: 0,
    ...settings,
  });
  api.behave(FUNCTION, () => ({ delayMs }));
  const acknowledged = new Set<string>();
  let sent = 0;
  /** Sends until it is acknowledged. Acknowledged records must arrive. */
  const produce = async (partition: number, count: number) => {
    const values = numbers(count, sent);
    sent += count;
    await eventually(
      () =>
        cluster.produce(topic, partition, values).then(
          () => true,
          () => false,
        ),
      (acknowledged) => acknowledged,
      180_000,
    );
    for (const value of values) acknowledged.add(value);
  };
  const ledger = keepLedger({ cluster, api, group, topic, functionArn: FUNCTION });

  return {
    topic,
    group,
    produce,
    ledger,
    async untilAllIsDone() {
      const ends = await eventually(
        () => cluster.admin.fetchTopicOffsets(topic).catch(() => []),
        (found) => found.length === PARTITIONS,
      );
      const high = new Map(ends.map(({ partition, high }) => [partition, Number(high)]));
      await eventually(
        () => ledger.check(),
        (committed) =>
          committed.length === PARTITIONS && committed.every((at, partition) => at === high.get(partition)),
        180_000,
      );
      expect(ledger.ahead()).toEqual([]);
      for (const [partition, end] of high) {
        expect(ledger.order(partition)).toEqual(Array.from({ length: end }, (_, offset) => offset));
      }
      const values = new Set(api.calls.flatMap(({ event }) => texts(event)));
      expect([...acknowledged].filter((value) => !values.has(value))).toEqual([]);
    },
  };
}

const everywhere = async (produce: (partition: number, count: number) => Promise<void>, count: number) => {
  for (let partition = 0; partition < PARTITIONS; partition++) await produce(partition, count);
};

test('when brokers are restarted one after another, no record is lost, skipped or out of order', async () => {
  const { topic, produce, ledger, untilAllIsDone } = await flow({ delayMs: 5 });
  poller = await startPoller(api.url);
  for (const id of brokers.brokerIds) {
    await everywhere(produce, 50);
    await brokers.stop(id);
    const before = ledger.done();
    await everywhere(produce, 50);
    // The poller must go on with two brokers, before the third is back.
    await eventually(
      async () => {
        await ledger.check();
        return ledger.done() - before;
      },
      (delivered) => delivered >= 150,
      180_000,
    );
    brokers.start(id);
    await brokers.inSync(topic);
  }
  await everywhere(produce, 50);
  await untilAllIsDone();
}, 600_000);

test.each<[string, (group: string, topic: string, partition: number) => Promise<number>]>([
  ['leader of the partition', (_group, topic, partition) => brokers.leaderOf(topic, partition)],
  ['coordinator of the group', (group) => brokers.coordinatorOf(group)],
])(
  'after kill -9 of the %s in mid-batch, uncommitted records are delivered again and none is skipped',
  async (_name, victim) => {
    const { topic, group, produce, ledger, untilAllIsDone } = await flow({ delayMs: 300 });
    await everywhere(produce, 40);
    poller = await startPoller(api.url);
    const inFlight = () => api.calls.filter(({ answer }) => !answer.done);
    await eventually(
      () => ledger.done(),
      (done) => done > 0,
      180_000,
    );
    const [call] = await eventually(inFlight, (calls) => calls.length > 0);
    const partition = recordsOf(call?.event ?? { eventSource: '', bootstrapServers: '', records: {} })[0]
      ?.partition;
    const id = await victim(group, topic, partition ?? -1);
    await brokers.kill(id);
    await everywhere(produce, 20);
    await untilAllIsDone();
    brokers.start(id);
    await brokers.inSync(topic);
  },
  600_000,
);

test('when leaders move again and again, records that wait for their window are neither lost nor skipped', async () => {
  const settings = { BatchSize: 1_000, MaximumBatchingWindowInSeconds: 1 };
  const { topic, produce, untilAllIsDone } = await flow({ delayMs: 5, settings });
  // When it learns of a new leader, a fetch at the old leader is in flight, and that one still answers.
  poller = await startPoller(api.url, '--metadata-max-age-ms', '300');
  let isMoving = true;
  const producing = Array.from({ length: PARTITIONS }, async (_, partition) => {
    while (isMoving) await produce(partition, 3);
  });
  try {
    for (let moves = 0; moves < MOVES; moves++) await brokers.moveLeaders(topic);
  } finally {
    isMoving = false;
    await Promise.all(producing);
  }
  await untilAllIsDone();
}, 600_000);
