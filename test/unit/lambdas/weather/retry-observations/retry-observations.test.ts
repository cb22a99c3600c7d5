import { describe, expect, test } from '@jest/globals';
import type { DeadLetter } from '../../../../../lambdas/shared/failures/dead-letters.ts';
import type { KafkaRecord } from '../../../../../lambdas/shared/kafka/kafka-event.ts';
import { partitionOf } from '../../../../../lambdas/shared/kafka/kafka-producer.ts';
import { topics } from '../../../../../lambdas/shared/kafka/topics.ts';
import { plausible } from '../../../../../lambdas/shared/wire/limits.ts';
import {
  type CountedRetry,
  type DelayedMessage,
  retryObservations,
} from '../../../../../lambdas/weather/retry-observations/retry-observations.ts';
import { kafkaRecordWith } from '../../../../fixtures/kafka-events.ts';
import { wireObservationWith } from '../../../../fixtures/observations.ts';

const limits = { plausible, attempts: 3, firstDelaySeconds: 10, maxDelaySeconds: 60 };
const origin = { topic: 'weather-data', partition: 7, offset: 500 };

const wire = (fields: object = {}) =>
  wireObservationWith({ Temperature_C: 1, Humidity_pct: 50, Wind_Speed_kmh: 5, ...fields });

const recordOf = (headers: KafkaRecord['headers'], value: unknown = wire(), offset = 4): KafkaRecord =>
  kafkaRecordWith({ topic: 'retry-data', partition: 1, offset, text: JSON.stringify(value), value, headers });

const deferred = (attempt: number, fields: KafkaRecord['headers'] = {}) => ({
  origin,
  attempt,
  retryFor: 'watch-weather',
  firstFailedAtMs: 0,
  cause: 'a lock',
  ...fields,
});

/** `awaited` says which attempts the ledger awaits. */
async function retry(records: readonly KafkaRecord[], awaited: (attempt: number) => boolean = () => true) {
  const delayed: DelayedMessage[] = [];
  const letters: DeadLetter[] = [];
  const counted: CountedRetry[] = [];
  const first = records[0];
  if (!first) throw new Error('no record');
  const counts = await retryObservations([{ topic: 'retry-data', partition: 1, records }], limits, {
    delay: async (each) => void delayed.push(...each),
    giveUp: async (attempts) => attempts.filter(({ attempt }) => awaited(attempt)),
    nameFiles: async () => (source) => source?.replace('@e', '') ?? null,
    deadLetter: async (each) => void letters.push(...each),
    count: async (each) => void counted.push(...each),
    random: () => 0,
    now: () => 60_000,
  });
  return { delayed, letters, counts, counted };
}

describe('retryObservations', () => {
  test('counts each delayed record by its attempt and partition, and no dead letter', async () => {
    const records = [
      recordOf(deferred(2)),
      recordOf(deferred(3), wire(), 5),
      recordOf(deferred(4), wire(), 6),
    ];
    const { counted, letters } = await retry(records);
    expect(letters).toHaveLength(1);
    expect(counted).toEqual([
      { partition: 1, attempt: 2, by: 1 },
      { partition: 1, attempt: 3, by: 1 },
    ]);
  });

  test('sends a deferred record back to the partition of its origin, for its consumer alone', async () => {
    const { delayed, letters } = await retry([recordOf(deferred(2, { source: 'in/a.csv@e', row: 3 }))]);
    expect(delayed).toEqual([
      {
        delaySeconds: 20,
        message: {
          key: 'Seoul',
          partition: 7,
          value: JSON.stringify(wire({ retry: 2 })),
          headers: {
            source: 'in/a.csv@e',
            row: '3',
            origin: 'weather-data/7/500',
            attempt: '2',
            'retry-for': 'watch-weather',
            cause: 'a lock',
            'first-failed-at': '1970-01-01T00:00:00.000Z',
          },
        },
      },
    ]);
    expect(letters).toEqual([]);
  });

  test('keeps null where a measure was not taken, in a delayed record and in a dead letter', async () => {
    const record = (attempt: number) => recordOf(deferred(attempt), wire({ Humidity_pct: null }));
    const { delayed, letters } = await retry([record(1), record(4)]);
    expect(delayed.map(({ message }) => message.value)).toEqual([
      expect.stringContaining('"Humidity_pct":null'),
    ]);
    expect(letters.map(({ error }) => error.rawRow)).toEqual([
      expect.stringContaining('"Humidity_pct":null'),
    ]);
  });

  test('sends a record of another producer back to all consumers, under an origin that makes it count once', async () => {
    const { delayed } = await retry([recordOf({}, wire({ retry: 1 }))]);
    expect(delayed).toMatchObject([
      {
        delaySeconds: 20,
        message: {
          partition: partitionOf('Seoul', topics.weatherData),
          value: JSON.stringify(wire({ retry: 2 })),
        },
      },
    ]);
    expect(delayed[0]?.message.headers).toEqual({ origin: 'retry-data/1/4' });
  });

  test('dead-letters a record after its last attempt, with its whole history', async () => {
    const cause = '2024-01-01T00:00:00.000Z: a lock\n2024-01-01T00:01:00.000Z: a crash';
    const { delayed, letters, counts } = await retry([
      recordOf(deferred(4, { source: 'in/a.csv@e', row: 3, cause })),
    ]);
    expect(delayed).toEqual([]);
    expect(counts).toEqual({ delayed: 0, deadLettered: 1 });
    expect(letters).toEqual([
      {
        key: 'Seoul',
        error: {
          errorType: 'RETRY_EXHAUSTED',
          errorReason: 'watch-weather tried 4 times since 1970-01-01T00:00:00.000Z: a crash',
          rawRow: JSON.stringify(wire()),
          timestampMs: 60_000,
          fileName: 'in/a.csv',
          retryCount: 3,
        },
        headers: {
          source: 'in/a.csv@e',
          row: 3,
          origin,
          failedIn: 'watch-weather',
          attempt: 4,
          cause,
          firstFailedAtMs: 0,
        },
      },
    ]);
  });

  test('dead-letters a large record as an observation, which can be redriven', async () => {
    const large = wire({ padding: 'x'.repeat(100_000), retry: 3 });
    const { letters } = await retry([recordOf(deferred(4), large), recordOf({}, large, 5)]);
    const raw = JSON.stringify(wire({ retry: 3 }));
    expect(letters.map(({ error }) => error.rawRow)).toEqual([raw, raw]);
  });

  test('dead-letters no record whose attempt is not awaited', async () => {
    expect((await retry([recordOf(deferred(4))], () => false)).letters).toEqual([]);
  });

  test("dead-letters another producer's record after its last attempt", async () => {
    const { letters } = await retry([recordOf({}, wire({ retry: 3 }))]);
    expect(letters).toMatchObject([
      {
        error: { errorType: 'RETRY_EXHAUSTED', retryCount: 3 },
        headers: { origin: { topic: 'retry-data', partition: 1, offset: 4 } },
      },
    ]);
  });

  test('dead-letters an invalid record at once', async () => {
    const { letters, delayed } = await retry([recordOf({}, { Location: 'Seoul' }), recordOf({}, 'text', 5)]);
    expect(letters.map(({ error }) => error.errorType)).toEqual(['MISSING_FIELD', 'MALFORMED_MESSAGE']);
    expect(delayed).toEqual([]);
  });

  test('queues a small message for a large record', async () => {
    const { delayed } = await retry([recordOf(deferred(1), wire({ padding: 'x'.repeat(1_000_000) }))]);
    expect(JSON.stringify(delayed).length).toBeLessThan(2_000);
  });
});
