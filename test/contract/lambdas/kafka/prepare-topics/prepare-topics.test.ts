import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Admin, ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { prepareTopics } from '../../../../../lambdas/kafka/prepare-topics/prepare-topics.ts';
import { topicsOf } from '../../../../../lambdas/kafka/prepare-topics/topics-of-cluster.ts';
import type { Topic } from '../../../../../lambdas/shared/kafka/topics.ts';
import { waitFor } from '../../../../../localstack/wait-for.ts';
import { required } from '../../test-database.ts';

const names: string[] = [];
const newTopic = (partitions: number): Topic => {
  const name = `prepared-${randomUUID()}`;
  names.push(name);
  return { name, partitions, replicationFactor: 3, minInSyncReplicas: 2, retentionMs: 123_456_000 };
};

let admin: Admin;
beforeAll(async () => {
  const brokers = required('ISOBAR_TEST_KAFKA_BROKERS').split(',');
  admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
});
afterAll(async () => {
  const left = await admin.listTopics();
  await admin.deleteTopics({ topics: names.filter((name) => left.includes(name)) });
  await admin.disconnect();
});

const prepare = (topics: readonly Topic[], settings: readonly string[]) =>
  prepareTopics(topics, topicsOf(admin, settings));

/** A broker may answer before it has heard of the topic. */
const untilKnown = ({ name }: Topic) =>
  waitFor(`the topic ${name}`, async () => (await admin.listTopics()).includes(name), {
    deadlineMs: 30_000,
  });

async function settingsOf({ name }: Topic) {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [
      { type: ConfigResourceTypes.TOPIC, name, configNames: ['retention.ms', 'min.insync.replicas'] },
    ],
  });
  return Object.fromEntries(
    resources.flatMap(({ configEntries }) =>
      configEntries.map(({ configName, configValue }) => [configName, configValue]),
    ),
  );
}

test('a missing topic is created as it is declared, and found the next time', async () => {
  const [one, other] = [newTopic(3), newTopic(1)];
  expect(await prepare([one], ['retention.ms', 'min.insync.replicas'])).toEqual([one.name]);
  await untilKnown(one);
  expect(await settingsOf(one)).toEqual({ 'retention.ms': '123456000', 'min.insync.replicas': '2' });
  expect(await prepare([one, other], ['retention.ms'])).toEqual([other.name]);
  await untilKnown(other);
  expect(await prepare([one, other], [])).toEqual([]);
});

test('a topic with other partitions is refused, and nothing is created', async () => {
  const [one, other] = [newTopic(3), newTopic(1)];
  await prepare([one], []);
  await untilKnown(one);
  await expect(prepare([{ ...one, partitions: 10 }, other], [])).rejects.toThrow(
    `${one.name} has 3 partitions, expected 10`,
  );
  expect(await admin.listTopics()).not.toContain(other.name);
});
