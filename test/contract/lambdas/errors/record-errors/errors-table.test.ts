import { expect, test } from '@jest/globals';
import { insertErrors } from '../../../../../lambdas/errors/record-errors/errors-table.ts';
import type { StoredError } from '../../../../../lambdas/errors/record-errors/stored-error.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();

const error: StoredError = {
  errorType: 'TYPE_ERROR',
  errorReason: 'line 3: …',
  rawRow: '서울,x',
  timestampMs: Date.UTC(2024, 0, 1),
  fileName: 'incoming/observations/a.csv',
  retryCount: 2,
  location: null,
  lineNumber: 3,
  columns: '0,1,3,2,4,5',
  position: null,
  failedIn: null,
  firstFailedAtMs: null,
  cause: null,
};

test('an error is stored with status NEW, and with its file and line or its position in Kafka', async () => {
  const bad: StoredError = {
    ...error,
    errorType: 'MALFORMED_MESSAGE',
    rawRow: 'a\0b',
    fileName: null,
    location: 'Seoul',
    lineNumber: null,
    columns: null,
    position: { topic: 'weather-data', partition: 3, offset: 2 ** 40 },
    failedIn: 'watch-weather',
    firstFailedAtMs: Date.UTC(2024, 0, 1),
    cause: 'a\0b',
  };
  await connect().transaction((tx) => insertErrors(tx, [error, bad]));
  const common = {
    error_message: 'line 3: …',
    retry_count: 2,
    processing_status: 'NEW',
    slack_sent: false,
    slack_sent_at: null,
    corrected: null,
    settled_at: null,
    created_at: new Date(error.timestampMs),
  };
  expect(await query('select * from error_weather_data order by id')).toMatchObject([
    {
      id: '1',
      error_type: 'TYPE_ERROR',
      raw_row: '서울,x',
      location: null,
      file_name: 'incoming/observations/a.csv',
      line_number: '3',
      columns: '0,1,3,2,4,5',
      topic: null,
      partition: null,
      offset: null,
      failed_in: null,
      first_failed_at: null,
      cause: null,
      ...common,
    },
    {
      id: '2',
      error_type: 'MALFORMED_MESSAGE',
      raw_row: 'a\ufffdb',
      location: 'Seoul',
      file_name: null,
      line_number: null,
      columns: null,
      topic: 'weather-data',
      partition: 3,
      offset: '1099511627776',
      failed_in: 'watch-weather',
      first_failed_at: new Date('2024-01-01'),
      cause: 'a\ufffdb',
      ...common,
    },
  ]);
});
