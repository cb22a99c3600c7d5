import { column } from '../../shared/postgres/column.ts';
import type { Database } from '../../shared/postgres/database.ts';
import type { DatedLabel, KeptLabel } from './record-labels.ts';

export const labelsTable = ({ transaction }: Pick<Database, 'transaction'>) => ({
  keepFirst: (labels: readonly DatedLabel[], source: string): Promise<KeptLabel[]> =>
    transaction(async (query) => {
      const ids = column(labels, 'transactionId');
      // Rows are inserted in the order of their ids, to avoid deadlocks between files with the same ids.
      await query(
        `insert into labels (transaction_id, is_fraud, labelled_at, source)
         select distinct on (transaction_id) transaction_id, is_fraud, labelled_at, $4
           from unnest($1::text[], $2::boolean[], $3::timestamptz[]) with ordinality
                  as given(transaction_id, is_fraud, labelled_at, place)
          order by transaction_id, place
             on conflict (transaction_id) do nothing`,
        [
          ids,
          column(labels, 'isFraud'),
          labels.map(({ labelledAtMs }) => new Date(labelledAtMs).toISOString()),
          source,
        ],
      );
      // A second statement, since it sees rows that another function committed while the first statement
      // waited. A transaction is in scored_requests when it is answered, and in predictions once its record
      // is consumed.
      const rows = await query<{ is_fraud: boolean; file_name: string; is_scored: boolean }>(
        `select l.is_fraud, coalesce(f.key, l.source) as file_name,
                exists (select from predictions p where p.transaction_id = l.transaction_id)
                  or exists (select from scored_requests s where s.transaction_id = l.transaction_id) as is_scored
           from unnest($1::text[]) with ordinality as given(transaction_id, place)
           join labels l using (transaction_id)
           left join ingested_files f on f.source = l.source
          order by place`,
        [ids],
      );
      return rows.map((row) => ({ isFraud: row.is_fraud, fileName: row.file_name, isScored: row.is_scored }));
    }),
});
