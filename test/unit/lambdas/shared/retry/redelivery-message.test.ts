import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeRedelivery,
  encodeRedelivery,
} from '../../../../../lambdas/shared/retry/redelivery-message.ts';

/**
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html, `MessageBody`
 */
const acceptedBySqs = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

const redelivery = (text: string) => ({
  partition: 3,
  key: text,
  value: JSON.stringify({ Location: text }),
  headers: { cause: text },
});

test('any message is read from the queue as it was written', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(decodeRedelivery(encodeRedelivery(redelivery(text)))).toEqual(redelivery(text));
    }),
  );
});

test.each(['a\ufffeb', '\uffff', '\0', '\ud800', '\u007f', '\u{1ffff}'])(
  'a message with %j is written in characters that SQS accepts',
  (text) => {
    expect(encodeRedelivery(redelivery(text))).toMatch(acceptedBySqs);
    expect(decodeRedelivery(encodeRedelivery(redelivery(text)))).toEqual(redelivery(text));
  },
);
