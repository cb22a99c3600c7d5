import { expect, test } from '@jest/globals';
import { eventually } from './cluster.ts';
import { FUNCTION, numbers, setStage } from './stage.ts';

const { cluster, api, delivered, start, selfManaged, untilCommitted } = setStage();

const values = (prefix: string, count: number) => numbers(count).map((each) => `${prefix}${each}`);
const OLD = values('old', 5);

async function makeAgain(names: string[]): Promise<void> {
  const { admin } = cluster();
  await admin.deleteTopics({ topics: names });
  const topics = names.map((topic) => ({ topic, replicationFactor: 3 }));
  await eventually(
    () => admin.createTopics({ topics, waitForLeaders: true }).catch(() => false),
    (made) => made,
  );
}

/** The reference: what a consumer of a new group reads. */
async function readAll(topic: string, count: number): Promise<string[]> {
  const seen: string[] = [];
  const consumer = cluster().kafka.consumer({ groupId: `fresh-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
  await eventually(
    () => seen.length,
    (read) => read >= count,
  );
  await consumer.disconnect();
  return seen;
}

test('of a topic that is deleted and made again, nothing is lost that a new consumer reads', async () => {
  const cases = [
    { name: 'more', count: 8, StartingPosition: 'TRIM_HORIZON' },
    // The former position is the end of the new topic.
    { name: 'as-many', count: 5, StartingPosition: 'TRIM_HORIZON' },
    { name: 'fewer', count: 2, StartingPosition: 'TRIM_HORIZON' },
    { name: 'from-end', count: 8, StartingPosition: 'LATEST' },
  ];
  const runs = await Promise.all(
    cases.map(async ({ name, count, StartingPosition }) => {
      const topic = await cluster().createTopic(1);
      const FunctionArn = `${FUNCTION}-${name}`;
      const { UUID } = api().put(selfManaged(topic, { StartingPosition, FunctionArn }));
      const seen = () => delivered(0, FunctionArn);
      const untilSeen = (total: number) => eventually(seen, (all) => new Set(all).size >= total);
      return { topic, count, UUID, seen, untilSeen };
    }),
  );
  const poller = await start();
  await eventually(
    () => poller.lines.filter(({ event }) => event === 'joined').length,
    (joined) => joined >= cases.length,
  );
  // In steps: the producer cannot send to one topic while another one is not there.
  const each = (step: (run: (typeof runs)[number]) => Promise<void>) => Promise.all(runs.map(step));
  await each(({ topic }) => cluster().produce(topic, 0, OLD));
  await each(async ({ topic, UUID, untilSeen }) => {
    await untilSeen(OLD.length);
    await untilCommitted(UUID, topic, OLD.length);
  });
  await makeAgain(runs.map(({ topic }) => topic));
  await each(({ topic, count }) => cluster().produce(topic, 0, values('new', count)));
  await each(async ({ topic, count, UUID, seen, untilSeen }) => {
    await untilSeen(OLD.length + count);
    await untilCommitted(UUID, topic, count);
    expect([...new Set(seen())]).toEqual([...OLD, ...(await readAll(topic, count))]);
  });
});
