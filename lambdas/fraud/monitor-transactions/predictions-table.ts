import { column } from '../../shared/postgres/column.ts';
import type { Query } from '../../shared/postgres/database.ts';
import type { Prediction } from './prediction.ts';

/** Inserts predictions of transactions that have none yet, and returns the ids of these transactions. */
export async function insertNewPredictions(
  query: Query,
  predictions: readonly Prediction[],
): Promise<ReadonlySet<string>> {
  // Rows are inserted in the order of their ids, to avoid deadlocks between batches with the same
  // transactions.
  const ordered = predictions.toSorted((a, b) =>
    a.transaction.transactionId < b.transaction.transactionId ? -1 : 1,
  );
  const transactions = ordered.map(({ transaction }) => transaction);
  const inserted = await query<{ transaction_id: string }>(
    `insert into predictions
            (transaction_id, account_id, amount, currency, merchant_category, country, channel, transaction_time,
             features, score, fraud, model_version, scored_at, topic_partition, topic_offset,
             challenger_version, challenger_score, challenger_fraud)
     select *
       from unnest($1::text[], $2::text[], $3::float8[], $4::text[], $5::text[], $6::text[], $7::text[],
                   $8::timestamptz[], $9::jsonb[], $10::float8[], $11::boolean[], $12::text[], $13::timestamptz[],
                   $14::int[], $15::bigint[], $16::text[], $17::float8[], $18::boolean[])
         on conflict (transaction_id) do nothing
  returning transaction_id`,
    [
      column(transactions, 'transactionId'),
      column(transactions, 'accountId'),
      column(transactions, 'amount'),
      column(transactions, 'currency'),
      column(transactions, 'merchantCategory'),
      column(transactions, 'country'),
      column(transactions, 'channel'),
      transactions.map(({ timeMs }) => new Date(timeMs).toISOString()),
      ordered.map(({ features }) => JSON.stringify(features, storable)),
      column(ordered, 'score'),
      column(ordered, 'fraud'),
      column(ordered, 'modelVersion'),
      ordered.map(({ scoredAtMs }) => new Date(scoredAtMs).toISOString()),
      column(ordered, 'partition'),
      column(ordered, 'offset'),
      ordered.map(({ shadow }) => shadow?.version ?? null),
      ordered.map(({ shadow }) => shadow?.verdict?.score ?? null),
      ordered.map(({ shadow }) => shadow?.verdict?.fraud ?? null),
    ],
  );
  return new Set(column(inserted, 'transaction_id'));
}

/** Postgres stores neither NUL nor half of a surrogate pair in a text. */
const storable = (_: string, value: unknown) =>
  typeof value === 'string' ? value.replaceAll('\0', '\ufffd').toWellFormed() : value;
