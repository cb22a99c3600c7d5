import type { KafkaProducer } from '../../shared/kafka/kafka-producer.ts';
import { topics } from '../../shared/kafka/topics.ts';
import { encodeErrorRecord } from '../../shared/wire/error-record.ts';
import type { DeadLetter } from './retry-observations.ts';

// A raw row is at most 8 k characters, 48 kB as JSON at the worst, and its headers 14 kB: a send stays below the 1 MiB that
// brokers take.
const lettersPerSend = 12;

/** Sends dead letters to the only partition of `error-data`. */
export async function sendDeadLetters(
  { send }: Pick<KafkaProducer, 'send'>,
  letters: readonly DeadLetter[],
): Promise<void> {
  for (let from = 0; from < letters.length; from += lettersPerSend) {
    const messages = letters
      .slice(from, from + lettersPerSend)
      .map(({ key, error, headers }) => ({ key, value: encodeErrorRecord(error), headers }));
    await send({ topic: topics.errorData.name, partition: 0, messages });
  }
}
