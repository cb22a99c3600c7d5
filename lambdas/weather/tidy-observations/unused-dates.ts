import type { Database } from '../../shared/postgres/database.ts';
import type { Ports } from './compact-date.ts';

/** Holds the lock of an ingest date that no daily run reads. */
export const unusedDates = ({ transaction }: Pick<Database, 'transaction'>): Pick<Ports, 'whileUnused'> => ({
  whileUnused: (date, work) =>
    transaction(async (query) => {
      const [claim] = await query<{ is_ours: boolean }>('select claim_ingest_date($1) as is_ours', [date]);
      return claim?.is_ours ? work(() => query('select 1')) : undefined;
    }),
});
