// Overrides `reduce` on the list of messages that is given to `kafkajs/src/producer` of kafkajs 2.2.4. Its
// `groupMessagesPerPartition` groups the messages of a send with `reduce` and copies the list for each
// message, which is a quarter of all the work of a send. Here all messages go to one partition, so the answer
// is known.
import type { Message } from 'kafkajs';

/** A list of messages for one partition. Its `reduce` returns them as kafkajs groups them: by partition. */
export function presorted(partition: number, messages: readonly Message[]): Message[] {
  const list = [...messages];
  return Object.defineProperty(list, 'reduce', { value: () => ({ [partition]: list }) });
}
