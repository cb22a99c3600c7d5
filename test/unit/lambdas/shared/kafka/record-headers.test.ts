import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeKafkaEvent, type KafkaRecord } from '../../../../../lambdas/shared/kafka/kafka-event.ts';
import { encodeHeaders } from '../../../../../lambdas/shared/kafka/record-headers.ts';
import { kafkaEvent } from '../../../../fixtures/kafka-events.ts';

/** Sends the headers through a Kafka event and reads them there. */
const received = (headers: Record<string, string>): KafkaRecord['headers'] | undefined =>
  decodeKafkaEvent(kafkaEvent('t', { 0: [{ offset: 0, value: '', headers }] }), (topic) => topic)[0]
    ?.records[0]?.headers;

const count = fc.nat({ max: 999_999_999 });
const name = fc.stringMatching(/^[a-z.-]{1,40}$/);
const headers = fc.record(
  {
    origin: fc.record({ topic: name, partition: count, offset: count }),
    attempt: count,
    retryFor: name,
    failedIn: name,
    firstFailedAtMs: count,
    cause: fc.string(),
    columns: fc.constant('0,1,3,2,-1,5'),
  },
  { requiredKeys: [] },
);
const rowOfFile = fc.option(fc.record({ source: name, row: count }), { nil: {} });

test('headers are received as they were sent', () => {
  fc.assert(
    fc.property(headers, rowOfFile, (some, row) => {
      const sent = { ...some, ...row };
      expect(received(encodeHeaders(sent))).toEqual(sent);
    }),
  );
});

test('a source without a row is not sent', () => {
  expect(encodeHeaders({ source: 'a.csv@e', attempt: 1 })).toEqual({ attempt: '1' });
});
