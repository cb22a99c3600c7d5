import { expect, test } from '@jest/globals';
import type { FailedRecord } from '../../../../lambdas/record-failed-batches/record-failed-batches.ts';
import { claimFailures } from '../../../../lambdas/record-failed-batches/recorded-failures.ts';
import { testDatabase } from '../test-database.ts';

const { connect } = testDatabase();

const failure = (offset: number, batchOf: string): FailedRecord => ({
  errorType: 'BATCH_FAILED',
  errorReason: '…',
  rawRow: '{}',
  timestampMs: 0,
  fileName: null,
  retryCount: 0,
  location: null,
  lineNumber: null,
  position: { topic: 'weather-data', partition: 0, offset },
  batchOf,
  failedIn: batchOf,
  firstFailedAtMs: null,
  cause: null,
});

test('a record is recorded once for each consumer whose batch it failed in, however often the batch is announced', async () => {
  const database = connect();
  const claim = async (...failures: FailedRecord[]) =>
    (await database.transaction((tx) => claimFailures(tx, failures)))
      .map(({ position, batchOf }) => `${position.offset} ${batchOf}`)
      .sort();
  expect(await claim(failure(5, 'watch'), failure(6, 'watch'))).toEqual(['5 watch', '6 watch']);
  expect(await claim(failure(5, 'watch'), failure(6, 'watch'))).toEqual([]);
  expect(await claim(failure(6, 'watch'), failure(7, 'watch'), failure(5, 'land'))).toEqual([
    '5 land',
    '7 watch',
  ]);
});
