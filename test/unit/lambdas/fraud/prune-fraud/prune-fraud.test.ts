import { expect, test } from '@jest/globals';
import {
  type PrunedTable,
  pruneFraud,
  rowsAtOnce,
} from '../../../../../lambdas/fraud/prune-fraud/prune-fraud.ts';
import { stageNames, stages } from '../../../../../lib/config.ts';

const nowMs = Date.UTC(2026, 5, 30, 15, 20);
const keepDays = {
  scored_requests: 1,
  account_activity: 2,
  metric_updates: 3,
  predictions: 10,
  labels: 11,
  model_evaluations: 30,
};

/** Tables with some old rows. Deleting a batch takes `batchMs`. */
function tables(old: Partial<Record<PrunedTable, number>>, batchMs = 0) {
  const calls: [table: PrunedTable, before: string][] = [];
  let atMs = nowMs;
  return {
    calls,
    ports: {
      now: () => atMs,
      deleteSome: async (table: PrunedTable, beforeMs: number, most: number) => {
        calls.push([table, new Date(beforeMs).toISOString()]);
        atMs += batchMs;
        const rows = Math.min(most, old[table] ?? 0);
        old[table] = (old[table] ?? 0) - rows;
        return rows;
      },
    },
  };
}

test('the days that a table no longer keeps are deleted in batches, until none is left', async () => {
  const { calls, ports } = tables({ predictions: 2 * rowsAtOnce + 1, labels: 3 });
  expect(await pruneFraud(keepDays, ports)).toEqual({
    deleted: { predictions: 2 * rowsAtOnce + 1, labels: 3 },
    isDone: true,
  });
  expect(calls.map(([table]) => table)).toEqual([...Object.keys(keepDays), 'predictions', 'predictions']);
  expect(Object.fromEntries(calls)).toMatchObject({
    scored_requests: '2026-06-29T00:00:00.000Z',
    predictions: '2026-06-20T00:00:00.000Z',
  });
});

test('a run ends in time, has pruned every table, and reports that rows are left', async () => {
  const { ports } = tables({ scored_requests: 1e9, model_evaluations: 1e9 }, 10_000);
  const { deleted, isDone } = await pruneFraud(keepDays, ports);
  expect(isDone).toBe(false);
  expect(deleted.scored_requests).toBe(deleted.model_evaluations);
  expect(deleted.scored_requests).toBeGreaterThan(5 * rowsAtOnce);
});

test.each(stageNames)('in stage %s no row is deleted that a workflow still reads', (stage) => {
  const { fraud, retraining, evaluation } = stages[stage];
  const { predictions, labels, modelEvaluations } = fraud.keepDays;
  expect(predictions).toBeGreaterThan(retraining.days);
  expect(predictions).toBeGreaterThan(evaluation.spanHours / 24 + 7);
  expect(labels).toBeGreaterThanOrEqual(predictions);
  expect(modelEvaluations).toBeGreaterThan(predictions);
});
