import { expect, test } from '@jest/globals';
import { oldRows } from '../../../../../lambdas/fraud/prune-fraud/old-rows.ts';
import { insertLabels, insertPredictions } from '../../../../fixtures/predictions.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();
const beforeMs = Date.UTC(2026, 0, 10);

/** Inserts one row a day into each table, for the first ten days of the year. */
async function fill(): Promise<void> {
  const days = Array.from({ length: 10 }, (_, n) => ({ id: `t${n}`, atMs: Date.UTC(2026, 0, 1 + n) }));
  await insertPredictions(
    query,
    days.map(({ id, atMs }) => ({ id, scoredAtMs: atMs })),
  );
  await insertLabels(
    query,
    days.map(({ id, atMs }) => ({ id, isFraud: false, recordedAtMs: atMs })),
  );
  await query(
    `with days as (select id, at from unnest($1::text[], $2::timestamptz[]) as given(id, at)),
     requests as (
       insert into scored_requests (transaction_id, answer, scored_on) select id, '{}', at from days),
     accounts as (insert into account_activity (account_id, last_changed) select id, at from days),
     samples as (insert into metric_updates (id, taken_on) select id, at from days)
     insert into model_evaluations (scored_from, model_version, maturity,
                                    true_positives, false_positives, true_negatives, false_negatives)
     select at, 'v', 'any', 0, 0, 1, 0 from days`,
    [days.map(({ id }) => id), days.map(({ atMs }) => new Date(atMs).toISOString())],
  );
}

const tables = {
  scored_requests: 'scored_on',
  account_activity: 'last_changed',
  metric_updates: 'taken_on',
  predictions: 'scored_at',
  labels: 'recorded_at',
  model_evaluations: 'scored_from',
} as const;

test.each(Object.entries(tables) as [keyof typeof tables, string][])(
  'the oldest rows of %s are deleted first, up to the limit, and none of a day that is kept',
  async (table, column) => {
    await query(
      'truncate scored_requests, account_activity, metric_updates, predictions, labels, model_evaluations',
    );
    await fill();
    const { deleteSome } = oldRows(query);
    const oldest = async () =>
      (await query<{ day: string }>(`select to_char(min(${column}), 'YYYY-MM-DD') as day from ${table}`))[0]
        ?.day;
    expect(await deleteSome(table, beforeMs, 4)).toBe(4);
    expect(await oldest()).toBe('2026-01-05');
    expect(await deleteSome(table, beforeMs, 100)).toBe(5);
    expect(await oldest()).toBe('2026-01-10');
    expect(await deleteSome(table, beforeMs, 100)).toBe(0);
  },
);

test('the row of an account that is being scored is skipped', async () => {
  await query("insert into account_activity (account_id, last_changed) values ('busy', '2020-01-01')");
  const deleted = await connect().transaction(async (own) => {
    await own("select from account_activity where account_id = 'busy' for update");
    return oldRows(query).deleteSome('account_activity', Date.UTC(2021, 0, 1), 10);
  });
  expect(deleted).toBe(0);
  expect(await query("select from account_activity where account_id = 'busy'")).toHaveLength(1);
});

test.each(Object.entries(tables))(
  '%s has an index on the column with the age of its rows',
  async (table, column) => {
    const indexes = await query<{ definition: string }>(
      'select indexdef as definition from pg_indexes where tablename = $1',
      [table],
    );
    expect(indexes.filter(({ definition }) => definition.includes(`(${column}`))).toHaveLength(1);
  },
);
