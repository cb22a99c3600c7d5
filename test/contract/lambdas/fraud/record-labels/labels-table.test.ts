import { expect, test } from '@jest/globals';
import { labelsTable } from '../../../../../lambdas/fraud/record-labels/labels-table.ts';
import { insertPredictions } from '../../../../fixtures/predictions.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();

const label = (transactionId: string, isFraud: boolean) => ({
  transactionId,
  isFraud,
  labelledAtMs: Date.UTC(2024, 0, 1),
});
const keptOf = (kept: { isFraud: boolean; fileName: string }[]) =>
  kept.map(({ isFraud, fileName }) => `${isFraud} ${fileName}`);

test('the first label of a transaction stays, whatever labels come later', async () => {
  const { keepFirst } = labelsTable(connect());
  const first = [label('t1', true), label('t2', false), label('t1', false)];
  const expected = ['true a.csv', 'false a.csv', 'true a.csv'];
  expect(keptOf(await keepFirst(first, 'a.csv'))).toEqual(expected);
  expect(keptOf(await keepFirst(first, 'a.csv'))).toEqual(expected);
  expect(keptOf(await keepFirst([label('t2', true), label('t3', true)], 'b.csv'))).toEqual([
    'false a.csv',
    'true b.csv',
  ]);
  expect(await query("select * from labels where transaction_id = 't1'")).toEqual([
    {
      transaction_id: 't1',
      is_fraud: true,
      labelled_at: new Date(Date.UTC(2024, 0, 1)),
      source: 'a.csv',
      recorded_at: expect.any(Date),
    },
  ]);
});

test('a transaction counts as scored once it is answered, before and after its record is consumed', async () => {
  await query("insert into scored_requests (transaction_id, answer, record) values ('answered', '', '')");
  await insertPredictions(query, [{ id: 'consumed', scoredAtMs: Date.now() }]);
  const labels = ['answered', 'consumed', 'unheard-of'].map((id) => label(id, true));
  const kept = await labelsTable(connect()).keepFirst(labels, 'a.csv');
  expect(kept.map(({ isScored }) => isScored)).toEqual([true, true, false]);
});

test('of two contradicting files at the same time, the same one is first for every transaction', async () => {
  const ids = Array.from({ length: 500 }, (_, index) => `both-${index}`);
  const [up, down] = await Promise.all([
    labelsTable(connect()).keepFirst(
      ids.map((id) => label(id, true)),
      'up.csv',
    ),
    labelsTable(connect()).keepFirst(
      ids.toReversed().map((id) => label(id, false)),
      'down.csv',
    ),
  ]);
  expect(keptOf(down.toReversed())).toEqual(keptOf(up));
  expect(new Set(keptOf(up))).toHaveProperty('size', 1);
});
