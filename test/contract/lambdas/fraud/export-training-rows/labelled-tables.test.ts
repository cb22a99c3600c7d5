import { expect, test } from '@jest/globals';
import { heldOutRows } from '../../../../../lambdas/fraud/compare-models/held-out-rows.ts';
import { labelledTables } from '../../../../../lambdas/fraud/export-training-rows/labelled-tables.ts';
import { insertLabels, insertPredictions } from '../../../../fixtures/predictions.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();

const startMs = Date.UTC(2024, 0, 1);
const rows = 12_000;
const at = (number: number) => startMs + number * 1_000;
const whole = { fromMs: startMs, toMs: at(rows) };

const collect = async <T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> => {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
};

test('labelled transactions are read in batches, each once, split by their time of scoring', async () => {
  // Groups of three have the same time, every tenth is a fraud, and the very first one has no label.
  const numbers = Array.from({ length: rows }, (_, number) => number);
  await insertPredictions(
    query,
    numbers.map((number) => ({
      id: `t${number}`,
      scoredAtMs: at(number - (number % 3)),
      transactionTimeMs: startMs - 500,
      features: { amount_log: number },
    })),
  );
  await insertLabels(
    query,
    numbers.slice(1).map((number) => ({
      id: `t${number}`,
      isFraud: number % 10 === 0,
      recordedAtMs: Date.now(),
    })),
  );
  const { timeOfShare, count, readLines } = labelledTables(connect());
  expect(await count(whole)).toEqual({ rows: rows - 1, frauds: rows / 10 - 1 });
  const cutMs = (await timeOfShare(whole, 0.8)) ?? 0;
  expect(cutMs).toBe(at(rows * 0.8));
  expect(await timeOfShare({ fromMs: 0, toMs: 1 }, 0.8)).toBeUndefined();

  const older = await collect(readLines({ ...whole, toMs: cutMs }));
  const newer = await collect(heldOutRows(connect()).readHeldOut({ ...whole, fromMs: cutMs }));
  expect(older.length + newer.length).toBe(rows - 1);
  expect(new Set(older).size).toBe(older.length);
  expect(JSON.parse(older[0] ?? '')).toEqual({
    transaction_id: 't1',
    transaction_time: '2023-12-31T23:59:59.500Z',
    features: { amount_log: 1 },
    is_fraud: false,
  });
  expect(newer.every(({ features }) => Number(features.amount_log) >= rows * 0.8)).toBe(true);
  expect(newer.filter(({ isFraud }) => isFraud)).toHaveLength(rows * 0.02);
});
