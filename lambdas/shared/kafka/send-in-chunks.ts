import { chunksOf } from '../aws/chunks.ts';
import type { KafkaProducer } from './kafka-producer.ts';

/**
 * Sends messages to one partition, in order and so many at a time, since brokers accept at most 1 MiB in one
 * send. Returns when all are acknowledged.
 */
export async function sendInChunks(
  { send }: Pick<KafkaProducer, 'send'>,
  { messages, ...to }: Parameters<KafkaProducer['send']>[0],
  messagesPerSend: number,
): Promise<void> {
  for (const chunk of chunksOf(messages, messagesPerSend)) await send({ ...to, messages: chunk });
}
