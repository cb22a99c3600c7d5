import { describe, expect, test } from '@jest/globals';
import { recordErrors, type StoredError } from '../../../../lambdas/record-errors/record-errors.ts';
import { encodeErrorRecord } from '../../../../lambdas/shared/error-record.ts';
import type { KafkaRecord } from '../../../../lambdas/shared/kafka-event.ts';

const error = {
  errorType: 'TYPE_ERROR',
  errorReason: 'line 3: …',
  rawRow: 'Seoul,x',
  timestampMs: 1_000,
  fileName: 'a.csv',
  retryCount: 2,
};

async function storedOf(fields: Partial<KafkaRecord>): Promise<StoredError | undefined> {
  const record = {
    topic: 'error-data',
    partition: 0,
    offset: 5,
    timestampMs: 9_000,
    key: null,
    text: null,
    value: undefined,
    headers: {},
    ...fields,
  };
  const stored: StoredError[] = [];
  const partition = { topic: 'error-data', partition: 0, records: [record], start: record };
  expect(await recordErrors([partition], { store: async (errors) => void stored.push(...errors) })).toEqual({
    stored: 1,
  });
  return stored[0];
}

const message = (value: unknown) => ({ value, text: JSON.stringify(value) });

describe('recordErrors', () => {
  test('keeps an error with the line of its file', async () => {
    const fields = {
      ...message(JSON.parse(encodeErrorRecord(error))),
      headers: { source: 'a.csv@e', row: 3 },
    };
    expect(await storedOf(fields)).toEqual({
      ...error,
      location: null,
      lineNumber: 3,
      position: null,
      failedIn: null,
      firstFailedAtMs: null,
      cause: null,
    });
  });

  test('keeps an error with the place of its message in Kafka', async () => {
    const origin = { topic: 'weather-data', partition: 3, offset: 100 };
    const fields = { ...message(JSON.parse(encodeErrorRecord(error))), key: 'Seoul', headers: { origin } };
    expect(await storedOf(fields)).toMatchObject({ location: 'Seoul', lineNumber: null, position: origin });
  });

  test('keeps the history of a record that was given up', async () => {
    const history = { failedIn: 'watch-weather', firstFailedAtMs: 500, cause: 'a lock' };
    const fields = { ...message(JSON.parse(encodeErrorRecord(error))), headers: history };
    expect(await storedOf(fields)).toMatchObject(history);
  });

  test("keeps another producer's error, whatever it lacks", async () => {
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
  ])('keeps %s as a malformed message, with its own place', async (_, fields, found) => {
    expect(await storedOf(fields)).toMatchObject({
      errorType: 'MALFORMED_MESSAGE',
      errorReason: `error-data, partition 0, offset 5: ${found}, expected a JSON object`,
      rawRow: 'text' in fields ? fields.text : null,
      position: { topic: 'error-data', partition: 0, offset: 5 },
    });
  });
});
