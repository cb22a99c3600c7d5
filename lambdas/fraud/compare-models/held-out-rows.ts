import type { Database } from '../../shared/postgres/database.ts';
import type { HeldOutRow, Ports } from './compare-models.ts';

const rowsAtOnce = 5_000;

/** Reads labelled transactions with the features that they were scored by. */
export const heldOutRows = ({ query }: Pick<Database, 'query'>): Pick<Ports, 'readHeldOut'> => ({
  async *readHeldOut({ fromMs, toMs }) {
    let after = '';
    for (;;) {
      const rows = await query<HeldOutRow & { id: string }>(
        `select p.transaction_id as id, p.features, l.is_fraud as "isFraud"
           from predictions p
           join labels l using (transaction_id)
          where p.scored_at >= $1 and p.scored_at < $2 and p.transaction_id > $3
          order by p.transaction_id
          limit ${rowsAtOnce}`,
        [new Date(fromMs).toISOString(), new Date(toMs).toISOString(), after],
      );
      yield rows;
      const last = rows.at(-1);
      if (!last || rows.length < rowsAtOnce) return;
      after = last.id;
    }
  },
});
