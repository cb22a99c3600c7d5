import type { Database } from '../../shared/postgres/database.ts';
import type { Ports, Span } from './export-training-rows.ts';

const rowsAtOnce = 5_000;

const labelled = `
    from predictions p
    join labels l using (transaction_id)
   where p.scored_at >= $1 and p.scored_at < $2`;

/** With the field names that train_fraud_model.py reads. */
const line = `
  json_build_object(
    'transaction_id', p.transaction_id,
    'transaction_time', to_char(p.transaction_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'features', p.features,
    'is_fraud', l.is_fraud)::text`;

export const labelledTables = ({
  query,
}: Pick<Database, 'query'>): Pick<Ports, 'timeOfShare' | 'count' | 'readLines'> => ({
  async timeOfShare(span, share) {
    const [found] = await query<{ at: Date | null }>(
      `select percentile_disc($3::float8) within group (order by p.scored_at) as at ${labelled}`,
      [...bounds(span), share],
    );
    return found?.at?.getTime();
  },

  async count(span) {
    const [found] = await query<{ rows: number; frauds: number }>(
      `select count(*)::float8 as rows, count(*) filter (where l.is_fraud)::float8 as frauds ${labelled}`,
      bounds(span),
    );
    return found ?? { rows: 0, frauds: 0 };
  },

  /** Pages by the last row read, so that each statement is short, whatever the number of rows. */
  async *readLines(span) {
    let after: readonly [scoredAt: string, transactionId: string] = ['-infinity', ''];
    for (;;) {
      const rows = await query<{ at: string; id: string; line: string }>(
        `select p.scored_at::text as at, p.transaction_id as id, ${line} as line ${labelled}
            and (p.scored_at, p.transaction_id) > ($3::timestamptz, $4)
          order by p.scored_at, p.transaction_id
          limit ${rowsAtOnce}`,
        [...bounds(span), ...after],
      );
      yield rows.map((row) => row.line);
      const last = rows.at(-1);
      if (!last || rows.length < rowsAtOnce) return;
      after = [last.at, last.id];
    }
  },
});

const bounds = ({ fromMs, toMs }: Span) => [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
