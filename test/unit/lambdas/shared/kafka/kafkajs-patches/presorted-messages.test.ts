import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { presorted } from '../../../../../../lambdas/shared/kafka/kafkajs-patches/presorted-messages.ts';

const groupMessages = createRequire(import.meta.url)('kafkajs/src/producer/groupMessagesPerPartition');

test('kafkajs groups a presorted list as it groups a plain one', () => {
  const messages = [{ value: 'a' }, { value: 'b' }, { value: 'c' }];
  const group = (list: object[]) =>
    groupMessages({
      topic: 't',
      partitionMetadata: [{}],
      messages: list,
      partitioner: ({ message }: { message: { partition: number } }) => message.partition,
    });
  const plain = messages.map((message) => ({ ...message, partition: 4 }));
  const grouped = group(presorted(4, messages));
  expect(Object.keys(grouped)).toEqual(Object.keys(group(plain)));
  expect([...grouped[4]]).toEqual(messages);
});
