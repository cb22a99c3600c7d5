import { Kafka, logLevel } from 'kafkajs';
import { connectProducer } from '../../lambdas/shared/kafka/kafka-producer.ts';
import { isLoopback } from '../platform/loopback.ts';
import type { StressCommand } from './options.ts';
import { type StressResult, stress } from './stress.ts';

export interface GenerateLoadProps {
  readonly command: StressCommand;
  readonly brokers: readonly string[];
  readonly nowMs: number;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

const refuseRemote = (brokers: readonly string[]): void => {
  const remote = brokers.find((broker) => !isLoopback(`http://${broker}`));
  if (remote) throw new Error(`${remote} is not on this machine: add --allow-remote to send there`);
};

const countPartitions = async (brokers: readonly string[], topic: string): Promise<number> => {
  const kafka = new Kafka({
    clientId: 'isobar-generator',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 2 },
  });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = await admin.listTopics();
    if (!topics.includes(topic)) throw new Error(`there is no topic ${topic}, only ${topics.join(', ')}`);
    const { topics: described } = await admin.fetchTopicMetadata({ topics: [topic] });
    return described[0]?.partitions.length ?? 0;
  } finally {
    await admin.disconnect();
  }
};

const describe = ({ acknowledged, elapsedMs }: StressResult): string => {
  const rate = Math.round(acknowledged / (elapsedMs / 1000)).toLocaleString('en');
  return `${acknowledged.toLocaleString('en')} messages in ${(elapsedMs / 1000).toFixed(1)} s: ${rate} per second`;
};

/** Sends observations to a topic at the requested rate, and prints the rate that was reached. */
export const generateLoad = async ({
  command,
  brokers,
  nowMs,
  print,
  signal,
}: GenerateLoadProps): Promise<void> => {
  if (!command.allowRemote) refuseRemote(brokers);
  const { topic, seed = nowMs >>> 0, start } = command;
  const partitions = await countPartitions(brokers, topic);
  const producer = connectProducer({ brokers: [...brokers], auth: 'none' });
  try {
    const result = await stress({
      ...command,
      send: producer.send,
      partitions,
      seed,
      startMs: start === undefined ? nowMs : Date.parse(start),
      onProgress: (progress) => print(describe(progress)),
      signal,
    });
    print(`Done: ${describe(result)}, all acknowledged.`);
  } finally {
    await producer.close();
  }
};
