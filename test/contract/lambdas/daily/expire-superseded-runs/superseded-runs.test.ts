import { beforeAll, expect, test } from '@jest/globals';
import { openLake } from '../../../../../lambdas/daily/expire-superseded-runs/lake.ts';
import { supersededRunsTable } from '../../../../../lambdas/daily/expire-superseded-runs/superseded-runs-table.ts';
import { loadResult } from '../../daily-results.ts';
import { testBucket } from '../../test-bucket.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();
const { bucket, put, read } = testBucket();
const day = '2024-01-01';
const inOneMinute = () => Date.now() + 60_000;
const age = (runId: string) =>
  query("update replaced_runs set replaced_at = now() - interval '2 days' where run_id = $1", [runId]);

let table: ReturnType<typeof supersededRunsTable>;
beforeAll(() => {
  table = supersededRunsTable(connect().query);
});

test('a superseded run is recorded once; the published run and a run in the catalog are not recorded', async () => {
  await loadResult(connect(), { day, runId: 'r3', rows: { Seoul: 5 } });
  await table.recordSuperseded(day, ['r1', 'r2', 'r3', 'r4'], ['r2']);
  await age('r1');
  await table.recordSuperseded(day, ['r1', 'r2', 'r3', 'r4'], ['r2']);
  expect(await table.supersededBefore(Date.now() - 86_400_000)).toEqual([{ day, runId: 'r1' }]);
  expect(await table.supersededBefore(inOneMinute())).toEqual([
    { day, runId: 'r1' },
    { day, runId: 'r4' },
  ]);
  await table.deleteRecord({ day, runId: 'r1' });
  expect(await table.supersededBefore(inOneMinute())).toEqual([{ day, runId: 'r4' }]);
});

test('a superseded run that is published, or to which the catalog points again, leaves the table', async () => {
  const day = '2024-01-02';
  const recorded = async () => (await table.supersededBefore(inOneMinute())).filter((run) => run.day === day);
  await table.recordSuperseded(day, ['r1', 'r2', 'r3'], []);
  expect(await recorded()).toHaveLength(3);
  await loadResult(connect(), { day, runId: 'r2', rows: { Seoul: 5 } });
  expect(await recorded()).toEqual([
    { day, runId: 'r1' },
    { day, runId: 'r3' },
  ]);
  await table.recordSuperseded(day, ['r1', 'r2', 'r3'], ['r1']);
  expect(await recorded()).toEqual([{ day, runId: 'r3' }]);
  expect(await query('select run_id from replaced_runs where day = $1', [day])).toEqual([{ run_id: 'r3' }]);
});

test('all files of a run are found and removed, also when its job failed before it wrote any', async () => {
  const kept = `curated/observations/event_date=${day}/run=kept/part-0.parquet`;
  const failed = `daily/alert_counts/event_date=${day}/run=failed.jsonl`;
  const whole = [
    `curated/observations/event_date=${day}/run=whole/part-0.parquet`,
    `daily/weather_summary/event_date=${day}/run=whole/part-0.parquet`,
    `daily/loads/event_date=${day}/run=whole/part-0.json`,
    `daily/reports/event_date=${day}/run=whole.json`,
    `daily/alert_counts/event_date=${day}/run=whole.jsonl`,
  ];
  for (const key of [kept, failed, ...whole]) await put(key, 'content');
  const lake = openLake(bucket);
  expect((await lake.runsOf(day)).toSorted()).toEqual(['failed', 'kept', 'whole']);
  expect(await lake.removeFiles({ day, runId: 'whole' })).toBe(5);
  expect(await lake.removeFiles({ day, runId: 'failed' })).toBe(1);
  expect(await lake.runsOf(day)).toEqual(['kept']);
  expect(await read(kept)).toBe('content');
});
