import { type KafkaProducer, type Message, partitionOf } from '../../lambdas/shared/kafka/kafka-producer.ts';
import { encodeObservation } from '../../lambdas/shared/wire/observation.ts';
import { pause } from './pause.ts';
import { synthesise } from './rows.ts';
import { tokenBucket } from './token-bucket.ts';

export interface StressProps {
  readonly send: KafkaProducer['send'];
  readonly topic: string;
  readonly partitions: number;
  /** Messages per second. */
  readonly rate: number;
  /** Messages in all. The run ends when either `count` or `seconds` is reached. */
  readonly count: number;
  readonly seconds: number;
  readonly seed: number;
  readonly startMs: number;
  /** Called about once a second. */
  readonly onProgress: (progress: StressResult) => void;
  readonly signal: AbortSignal;
}

export interface StressResult {
  readonly acknowledged: number;
  readonly elapsedMs: number;
}

/**
 * Messages of one send over all partitions. With ten partitions, each is well below the broker's message
 * limit.
 */
const maxChunk = 10_000;
const idleMs = 5;

const messageAt = (
  index: number,
  { seed, startMs }: Pick<StressProps, 'seed' | 'startMs'>,
): Message & { key: string } => {
  const observation = synthesise(index, { seed, startMs, rowIntervalMs: 1000 });
  return { key: observation.location, value: encodeObservation(observation), headers: {} };
};

/** Makes messages from number `from` on, grouped by the partition of their key. */
const chunkByPartition = (from: number, size: number, props: StressProps): Map<number, Message[]> => {
  const chunks = new Map<number, Message[]>();
  for (let index = from; index < from + size; index++) {
    const message = messageAt(index, props);
    const partition = partitionOf(message.key, props);
    const chunk = chunks.get(partition);
    if (chunk) chunk.push(message);
    else chunks.set(partition, [message]);
  }
  return chunks;
};

/**
 * Sends observations to a topic at a steady rate, as far as the brokers keep up. Counts acknowledged messages
 * only.
 */
export const stress = async (props: StressProps): Promise<StressResult> => {
  const { send, topic, rate, count, seconds, onProgress, signal } = props;
  const startedMs = performance.now();
  const elapsedMs = () => performance.now() - startedMs;
  const bucket = tokenBucket({ perSecond: rate, nowMs: elapsedMs });
  let acknowledged = 0;
  let progressAtMs = 0;
  while (acknowledged < count && elapsedMs() < seconds * 1000 && !signal.aborted) {
    const size = bucket.take(Math.min(maxChunk, count - acknowledged));
    const chunks = chunkByPartition(acknowledged, size, props);
    await Promise.all([...chunks].map(([partition, messages]) => send({ topic, partition, messages })));
    acknowledged += size;
    if (size === 0) await pause(Math.max(idleMs, 1000 / rate / 2), signal);
    if (elapsedMs() - progressAtMs < 1000) continue;
    progressAtMs = elapsedMs();
    onProgress({ acknowledged, elapsedMs: progressAtMs });
  }
  return { acknowledged, elapsedMs: elapsedMs() };
};
