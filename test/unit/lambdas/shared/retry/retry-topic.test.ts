import { expect, test } from '@jest/globals';
import { Transient } from '../../../../../lambdas/shared/failures/failures.ts';
import type { KafkaRecord } from '../../../../../lambdas/shared/kafka/kafka-event.ts';
import { type KafkaProducer, partitionOf } from '../../../../../lambdas/shared/kafka/kafka-producer.ts';
import { topics } from '../../../../../lambdas/shared/kafka/topics.ts';
import { lastCause, retryTopic } from '../../../../../lambdas/shared/retry/retry-topic.ts';
import { observationFromWire, observationMessage } from '../../../../../lambdas/shared/wire/observation.ts';
import { kafkaRecordWith } from '../../../../fixtures/kafka-events.ts';
import { judging, wireObservationWith } from '../../../../fixtures/observations.ts';

type Batch = Parameters<KafkaProducer['send']>[0];

const observation = (place: string) =>
  wireObservationWith({ Location: place, Temperature_C: 1, Humidity_pct: 50, Wind_Speed_kmh: 5 });

const recordOf = (value: unknown, fields: Partial<KafkaRecord> = {}): KafkaRecord =>
  kafkaRecordWith({ partition: 3, offset: 7, text: JSON.stringify(value), value, ...fields });

async function sentFor(records: readonly KafkaRecord[], cause = 'a lock'): Promise<Batch[]> {
  const batches: Batch[] = [];
  const send = async (batch: Batch) => void batches.push(batch);
  const retry = retryTopic(
    { send },
    {
      consumer: 'watch-weather',
      topic: topics.retryData,
      encodeAgain: (value) => observationMessage(observationFromWire(value, judging)),
      now: () => 0,
    },
  );
  await retry(records.map((record) => ({ record, cause: new Transient(cause) })));
  return batches;
}

const bytesOf = ({ messages }: Batch) => Buffer.byteLength(JSON.stringify(messages));

test('a deferred record goes to its retry topic, with its origin and the cause of its failure', async () => {
  const value = observation('Seoul');
  expect(await sentFor([recordOf(value, { key: null, headers: { source: 'a.csv@e', row: 3 } })])).toEqual([
    {
      topic: 'retry-data',
      partition: partitionOf('Seoul', topics.retryData),
      messages: [
        {
          key: 'Seoul',
          value: JSON.stringify(value),
          headers: {
            origin: 'weather-data/3/7',
            attempt: '1',
            'first-failed-at': '1970-01-01T00:00:00.000Z',
            cause: '1970-01-01T00:00:00.000Z: a lock',
            'retry-for': 'watch-weather',
            source: 'a.csv@e',
            row: '3',
          },
        },
      ],
    },
  ]);
});

test('each attempt adds a line to the causes, and the oldest beyond ten are dropped', async () => {
  let cause: string | undefined;
  for (let attempt = 1; attempt <= 12; attempt++) {
    const headers = cause === undefined ? {} : { cause };
    const [batch] = await sentFor([recordOf(observation('Seoul'), { headers })], `trouble\n ${attempt}`);
    cause = batch?.messages[0]?.headers.cause;
  }
  expect(cause?.split('\n')).toEqual(
    Array.from({ length: 10 }, (_, n) => `1970-01-01T00:00:00.000Z: trouble ${n + 3}`),
  );
  expect(lastCause(cause ?? '')).toBe('trouble 12');
  expect(lastCause('as another producer says it')).toBe('as another producer says it');
});

test.each([
  ['an observation', { ...observation('Seoul'), padding: 'x'.repeat(1_000_000) }],
  ['another value', { padding: 'x'.repeat(1_000_000) }],
])('the retry message of %s is small, even if the record is as large as brokers accept', async (_, value) => {
  const [batch] = await sentFor([recordOf(value, { key: 'k'.repeat(1_000_000) })]);
  expect(batch && bytesOf(batch)).toBeLessThan(20_000);
});

test('no send is larger than brokers accept, however many and long the records are', async () => {
  const wide = '\uffff';
  const value = observation(wide.repeat(200));
  const headers = { source: wide.repeat(400), row: 1, cause: wide.repeat(3_500) };
  const batches = await sentFor(
    Array.from({ length: 1_000 }, () => recordOf(value, { headers })),
    wide.repeat(10_000),
  );
  expect(batches.flatMap(({ messages }) => messages)).toHaveLength(1_000);
  for (const batch of batches) expect(bytesOf(batch)).toBeLessThan(1024 * 1024);
});
