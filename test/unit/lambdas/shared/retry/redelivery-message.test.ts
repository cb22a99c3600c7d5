import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeReturning, encodeReturning } from '../../../../../lambdas/shared/retry/redelivery-message.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html, `MessageBody` */
const takenBySqs = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

const returning = (text: string) => ({
  partition: 3,
  key: text,
  value: JSON.stringify({ Location: text }),
  headers: { cause: text },
});

test('any record is the same behind the queue', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(decodeReturning(encodeReturning(returning(text)))).toEqual(returning(text));
    }),
  );
});

test.each(['a\ufffeb', '\uffff', '\0', '\ud800', '\u007f', '\u{1ffff}'])(
  'a place named %j is written in characters that SQS takes',
  (place) => {
    expect(encodeReturning(returning(place))).toMatch(takenBySqs);
    expect(decodeReturning(encodeReturning(returning(place)))).toEqual(returning(place));
  },
);
