import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { recordErrors } from '../../../../../lambdas/errors/record-errors/record-errors.ts';
import type { StoredError } from '../../../../../lambdas/errors/record-errors/stored-error.ts';
import type { KafkaRecord } from '../../../../../lambdas/shared/kafka/kafka-event.ts';
import { encodeErrorRecord } from '../../../../../lambdas/shared/wire/error-record.ts';
import { errorEvents } from '../../../../../lib/analytics/tables.ts';
import { kafkaRecordWith } from '../../../../fixtures/kafka-events.ts';

const error = {
  errorType: 'TYPE_ERROR',
  errorReason: 'line 3: …',
  rawRow: 'Seoul,x',
  timestampMs: 1_000,
  fileName: 'a.csv',
  retryCount: 2,
};

async function storedOf(fields: Partial<KafkaRecord>): Promise<StoredError | undefined> {
  const record = kafkaRecordWith({
    topic: 'error-data',
    offset: 5,
    timestampMs: 9_000,
    key: null,
    text: null,
    ...fields,
  });
  const { stored, ...kept } = await recorded([record]);
  expect(kept.effect).toEqual({ stored: 1 });
  return stored[0];
}

async function recorded(records: KafkaRecord[]) {
  const stored: StoredError[] = [];
  const objects = new Map<string, Record<string, unknown>[]>();
  const effect = await recordErrors([{ topic: 'error-data', partition: 0, records }], {
    store: async (errors) => void stored.push(...errors),
    put: async (key, encode) => void objects.set(key, linesOf(encode('a mark'))),
  });
  return { effect, stored, objects };
}

const linesOf = (body: Uint8Array) =>
  gunzipSync(body)
    .toString()
    .split('\n')
    .map((line) => JSON.parse(line));

const message = (value: unknown) => ({ value, text: JSON.stringify(value) });

describe('recordErrors', () => {
  test('stores an error of a file with its line', async () => {
    const fields = {
      ...message(JSON.parse(encodeErrorRecord(error))),
      headers: { source: 'a.csv@e', row: 3, columns: '0,1,3,2,4,5' },
    };
    expect(await storedOf(fields)).toEqual({
      ...error,
      location: null,
      lineNumber: 3,
      columns: '0,1,3,2,4,5',
      position: null,
      failedIn: null,
      firstFailedAtMs: null,
      cause: null,
    });
  });

  test('stores an error of a record with its position in Kafka', async () => {
    const origin = { topic: 'weather-data', partition: 3, offset: 100 };
    const fields = { ...message(JSON.parse(encodeErrorRecord(error))), key: 'Seoul', headers: { origin } };
    expect(await storedOf(fields)).toMatchObject({ location: 'Seoul', lineNumber: null, position: origin });
  });

  test('stores the history of a record that ran out of attempts', async () => {
    const history = { failedIn: 'watch-weather', firstFailedAtMs: 500, cause: 'a lock' };
    const fields = { ...message(JSON.parse(encodeErrorRecord(error))), headers: history };
    expect(await storedOf(fields)).toMatchObject(history);
  });

  test("stores another producer's error with missing fields", async () => {
    expect(await storedOf(message({ error_type: 'RETRY_EXHAUSTED' }))).toMatchObject({
      errorType: 'RETRY_EXHAUSTED',
      errorReason: '',
      rawRow: null,
      timestampMs: 9_000,
      position: null,
    });
  });

  test.each([
    ['text', { text: 'not JSON' }, 'found no JSON object'],
    ['an array', message([1]), 'found no JSON object'],
    ['a tombstone', {}, 'found no value'],
  ])('stores %s as a malformed message, with its own position', async (_, fields, found) => {
    expect(await storedOf(fields)).toMatchObject({
      errorType: 'MALFORMED_MESSAGE',
      errorReason: `error-data, partition 0, offset 5: ${found}, expected a JSON object`,
      rawRow: 'text' in fields ? fields.text : null,
      position: { topic: 'error-data', partition: 0, offset: 5 },
    });
  });
});

describe('the object of a batch in the lake', () => {
  const at = (offset: number, fields: Partial<KafkaRecord> = {}): KafkaRecord =>
    kafkaRecordWith({
      topic: 'error-data',
      offset,
      timestampMs: Date.UTC(2024, 0, 1, 23, 59),
      key: null,
      text: null,
      ...fields,
    });

  test('has a key by its first error, and a line for each error with the columns of the lake table', async () => {
    const fields = {
      ...message(JSON.parse(encodeErrorRecord(error))),
      key: 'Seoul',
      headers: { source: 'a.csv@e', row: 3, failedIn: 'watch-weather', cause: 'a lock' },
    };
    const { objects } = await recorded([at(8, fields), at(9)]);
    expect([...objects.keys()]).toEqual(['errors/error_date=2024-01-01/p00-00000000000000000008.json.gz']);
    const [lines = []] = objects.values();
    expect(lines).toMatchObject([
      {
        error_type: 'TYPE_ERROR',
        raw_row: 'Seoul,x',
        timestamp: '1970-01-01T00:00:01.000Z',
        file_name: 'a.csv',
        location: 'Seoul',
        line_number: 3,
        failed_in: 'watch-weather',
        cause: 'a lock',
        _offset: 8,
      },
      { error_type: 'MALFORMED_MESSAGE', file_name: null, line_number: null, _offset: 9 },
    ]);
    for (const line of lines) expect(Object.keys(line)).toEqual(errorEvents.columns.map(({ name }) => name));
  });

  test('no object is written without errors', async () => {
    expect(await recorded([])).toEqual({ effect: { stored: 0 }, stored: [], objects: new Map() });
  });
});
