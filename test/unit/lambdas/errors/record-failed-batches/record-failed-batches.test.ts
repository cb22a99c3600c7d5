import { describe, expect, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import {
  type FailedRecord,
  recordFailedBatches,
} from '../../../../../lambdas/errors/record-failed-batches/record-failed-batches.ts';

const observation =
  '{"Location":"Seoul","Date_Time":"2024-01-01 00:00:01","Temperature_C":1,"Humidity_pct":50,"Precipitation_mm":0,"Wind_Speed_kmh":5}';

const record = (topic: string, offset: number, value: string, headers: Record<string, string> = {}) => ({
  topic,
  partition: 2,
  offset,
  timestamp: 1_000,
  key: Buffer.from('Seoul').toString('base64'),
  value: Buffer.from(value).toString('base64'),
  headers: Object.entries(headers).map(([name, text]) => ({ [name]: [...Buffer.from(text)] })),
});

const batchOf = (folder: string, topic: string, records: readonly object[]) =>
  JSON.stringify({
    requestContext: {
      requestId: 'r',
      functionArn: `arn:aws:lambda:us-east-1:123456789012:function:isobar-prod-${folder}`,
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 10_001,
    },
    version: '1.0',
    timestamp: '2024-08-01T00:00:00.000Z',
    payload: JSON.stringify({ records: { [`${topic}-2`]: records } }),
  });

const notice = (key: string) => ({
  messageId: key,
  body: JSON.stringify({ Records: [{ s3: { bucket: { name: 'lake' }, object: { key, eTag: 'e' } } }] }),
});
const eventOf = (...keys: string[]) => ({ Records: keys.map(notice) }) as unknown as SQSEvent;

function world(batches: Record<string, string>, generation?: string) {
  const stored: FailedRecord[] = [];
  const handle = recordFailedBatches({
    read: async ({ key }) => batches[key],
    nameFiles: async (sources) => {
      const known = new Set(sources);
      return (source) =>
        source === undefined ? null : known.has(source) ? `the file of ${source}` : 'unasked';
    },
    store: async (failures) => stored.push(...failures),
    generationsOf: async ({ topic }) => [generation ?? topic],
    log: { info() {}, error() {} },
  });
  return { handle, stored };
}

describe('recordFailedBatches', () => {
  test('stores each record unshortened, with its position, for the consumer that failed', async () => {
    const headers = { source: 'a-csv-e-tag1', row: '7' };
    const batch = batchOf('watch-weather', 'weather-data', [record('weather-data', 5, observation, headers)]);
    const { handle, stored } = world({ a: batch });
    expect(await handle(eventOf('a'))).toEqual({ batchItemFailures: [] });
    expect(stored).toEqual([
      {
        errorType: 'BATCH_FAILED',
        errorReason:
          'weather-data, partition 2, offset 5: watch-weather could not process its batch (RetryAttemptsExhausted)',
        rawRow: observation,
        timestampMs: Date.UTC(2024, 7, 1),
        fileName: 'the file of a-csv-e-tag1',
        retryCount: 0,
        location: 'Seoul',
        lineNumber: 7,
        columns: null,
        position: { topic: 'weather-data', partition: 2, offset: 5 },
        sentAtMs: 1_000,
        batchOf: 'watch-weather',
        attempt: null,
        identity: { id: 'a-csv-e-tag1:7', source: 'a-csv-e-tag1', row: 7 },
        failedIn: 'watch-weather',
        firstFailedAtMs: null,
        cause: 'RetryAttemptsExhausted',
      },
    ]);
  });

  test('stores an invalid record for all consumers, and no record that was for another consumer', async () => {
    const { handle, stored } = world({
      a: batchOf('land-observations', 'weather-data', [
        record('weather-data', 5, 'no JSON'),
        record('weather-data', 6, observation, { 'retry-for': 'watch-weather' }),
      ]),
    });
    await handle(eventOf('a'));
    expect(stored.map(({ position, failedIn }) => [position.offset, failedIn])).toEqual([[5, null]]);
  });

  test('stores a record of retry-data for the consumer that deferred it', async () => {
    const headers = { origin: 'weather-data/2/5', attempt: '3', 'retry-for': 'watch-weather' };
    const batch = batchOf('retry-observations', 'retry-data', [
      record('retry-data', 9, observation, headers),
    ]);
    const { handle, stored } = world({ a: batch });
    await handle(eventOf('a'));
    expect(stored).toMatchObject([
      {
        failedIn: 'watch-weather',
        retryCount: 3,
        batchOf: 'retry-observations',
        attempt: {
          consumer: 'watch-weather',
          origin: { topic: 'weather-data', partition: 2, offset: 5 },
          attempt: 3,
        },
        identity: null,
      },
    ]);
  });

  test('identifies a redriven record by its origin, and a dead letter by its origin and consumer', async () => {
    const origin = 'error_weather_data/0/5';
    const { handle, stored } = world({
      a: batchOf('watch-weather', 'weather-data', [
        record('weather-data', 9, observation, { origin }),
        record('weather-data', 10, observation, { origin, 'retry-for': 'watch-weather' }),
        record('weather-data', 11, observation),
      ]),
      b: batchOf('record-errors', 'error-data', [
        record('error-data', 1, '{}', { origin, attempt: '5', 'failed-in': 'watch-weather' }),
      ]),
    });
    await handle(eventOf('a', 'b'));
    expect(stored.map(({ identity, attempt }) => [identity, attempt])).toEqual([
      [{ id: origin }, null],
      [{ id: origin }, null],
      [null, null],
      [{ id: `${origin}@watch-weather` }, null],
    ]);
  });

  test('a batch of two topics returns to the queue: no mapping of this project has two', async () => {
    const mixed = JSON.parse(
      batchOf('watch-weather', 'weather-data', [record('weather-data', 1, observation)]),
    );
    const other = { 'retry-data-2': [record('retry-data', 1, observation)] };
    const { records } = JSON.parse(mixed.payload);
    const payload = JSON.stringify({ records: { ...records, ...other } });
    const { handle, stored } = world({ a: JSON.stringify({ ...mixed, payload }) });
    expect(await handle(eventOf('a'))).toEqual({ batchItemFailures: [{ itemIdentifier: 'a' }] });
    expect(stored).toEqual([]);
  });

  test('records of a later generation have it in their position, and are valid as those of the first', async () => {
    const { handle, stored } = world(
      { a: batchOf('watch-weather', 'weather-data', [record('weather-data', 5, observation)]) },
      'weather-data@1',
    );
    await handle(eventOf('a'));
    expect(stored).toMatchObject([
      { position: { topic: 'weather-data@1', partition: 2, offset: 5 }, failedIn: 'watch-weather' },
    ]);
  });

  test('a notice of an unreadable batch returns to the queue, that of a deleted batch does not', async () => {
    const { handle } = world({ bad: '{"payload":1}', worse: 'no JSON' });
    expect(await handle(eventOf('bad', 'gone', 'worse'))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'bad' }, { itemIdentifier: 'worse' }],
    });
  });
});
