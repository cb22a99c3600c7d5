import { expect, test } from '@jest/globals';
import { countsTables } from '../../../../../lambdas/daily/check-day-quality/counts-tables.ts';
import { loadResult } from '../../daily-results.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();
const day = '2024-01-01';

test('the landed and the published rows of a day are counted, and are 0 at first', async () => {
  const { readCounts } = countsTables(connect());
  expect(await readCounts(day)).toEqual({ landedNow: 0, published: 0 });
  await query(
    `insert into landed_days values ('2024-01-01', '2024-01-02', 'weather-data', 0, 4),
            ('2024-01-01', '2024-02-07', 'weather-data', 1, 3),
            ('2024-01-02', '2024-01-02', 'weather-data', 0, 500)`,
  );
  await loadResult(connect(), { day, runId: 'r1', rows: { Seoul: 5 } });
  expect(await readCounts(day)).toEqual({ landedNow: 7, published: 5 });
});

test('a record is unfinished while it waits for a retry, or while its failed batch is not settled', async () => {
  const { countUnfinished } = countsTables(connect());
  expect(await countUnfinished()).toEqual({ retries: 0, failedRecords: 0 });
  await query(
    `insert into applied_origins (consumer, origin, next_attempt)
     values ('watch-weather', 'weather-data/0/1', 2), ('watch-weather', 'weather-data/0/2', null),
            ('monitor-transactions', 'transactions/0/1', 1)`,
  );
  await query(
    `insert into error_weather_data (error_type, error_message, failed_in, processing_status)
     values ('BATCH_FAILED', '', 'land-observations', 'NEW'),
            ('BATCH_FAILED', '', 'watch-weather', 'REDRIVING'),
            ('BATCH_FAILED', '', 'watch-weather', 'REDRIVEN'),
            ('BATCH_FAILED', '', 'watch-weather', 'IGNORED'),
            ('BATCH_FAILED', '', null, 'NEW'), ('BAD_NUMBER', '', null, 'NEW')`,
  );
  expect(await countUnfinished()).toEqual({ retries: 1, failedRecords: 2 });
});
