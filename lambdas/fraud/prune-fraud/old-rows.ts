import type { Query } from '../../shared/postgres/database.ts';
import type { Ports, PrunedTable } from './prune-fraud.ts';

/** The column with the age of a table's rows. Each has an index. */
const ages: Readonly<Record<PrunedTable, string>> = {
  scored_requests: 'scored_on',
  account_activity: 'last_changed',
  metric_updates: 'taken_on',
  predictions: 'scored_at',
  labels: 'recorded_at',
  model_evaluations: 'scored_from',
};

/** Skips locked rows: a row that is being changed is in use, and so not old. */
const deleteOldest = (table: PrunedTable) => `
  delete from ${table}
   where ctid = any (array(
           select ctid from ${table} where ${ages[table]} < $1::timestamptz
            order by ${ages[table]} limit $2 for update skip locked))
  returning 1`;

export const oldRows = (query: Query): Pick<Ports, 'deleteSome'> => ({
  deleteSome: async (table, beforeMs, most) =>
    (await query(deleteOldest(table), [new Date(beforeMs).toISOString(), most])).length,
});
