import { type Database, prepared } from '../../shared/postgres/database.ts';
import { type AccountHistory, emptyHistory } from './features.ts';
import type { Ports, ScoredRequest } from './score-transaction.ts';

/**
 * Locks the account, new or known, and reads its history. Returns no row when the transaction was scored
 * before. The update on conflict changes nothing: it locks the row and reads what the last holder of the lock
 * committed.
 */
const lockAccount = prepared(`
  insert into account_activity (account_id)
  select $1 where not exists (select from scored_requests where transaction_id = $2)
      on conflict (account_id) do update set account_id = excluded.account_id
  returning activity`);

const keep = prepared(`
  with kept as (
    insert into scored_requests (transaction_id, transaction_sha256, answer, record)
    values ($1, $2, $3, $4)
        on conflict (transaction_id) do nothing
    returning transaction_id
  ), changed as (
    update account_activity set activity = $6, last_changed = current_date
     where account_id = $5 and exists (select from kept)
  )
  select transaction_id from kept`);

/** Rows of the previous release have no hash. It is computed from their record, which they kept. */
const readKept = prepared(`
  select transaction_id as "transactionId", answer,
         coalesce(transaction_sha256,
                  encode(sha256(convert_to((record::json -> 'transaction')::text, 'UTF8')), 'hex')) as "transactionHash"
    from scored_requests where transaction_id = $1`);

const lockUnsent = prepared(`
  select record from scored_requests where transaction_id = $1 and sent_at is null for update`);

/** Deletes the record, which is on its topic now: no repeat needs it. */
const markSent = prepared(
  'update scored_requests set sent_at = now(), record = null where transaction_id = $1',
);

type ScoreTables = Pick<Ports, 'scoreOnce' | 'sendOnce'>;

/** Answers and account histories in Postgres. */
export const scoreTables = ({ query, transaction: begin }: Database): ScoreTables => ({
  async scoreOnce({ transactionId, accountId }, scoreWith) {
    const scoredNow = await begin(async (query) => {
      const [account] = await query<{ activity: Partial<AccountHistory> }>(lockAccount, [
        accountId,
        transactionId,
      ]);
      if (account === undefined) return undefined;
      const { record, history, ...scored } = scoreWith({ ...emptyHistory, ...account.activity });
      const { transactionHash, answer } = scored;
      const activity = JSON.stringify(history);
      const kept = await query(keep, [transactionId, transactionHash, answer, record, accountId, activity]);
      return kept.length > 0 ? scored : undefined;
    });
    if (scoredNow) return scoredNow;
    const [before] = await query<{ transactionId: string; transactionHash: string; answer: string }>(
      readKept,
      [transactionId],
    );
    if (!before)
      throw new Error(`Scoring ${transactionId} failed: it was scored before, but its answer is missing`);
    return before satisfies ScoredRequest;
  },

  // The row lock ends with its function. The next holder then sees whether the record was sent.
  sendOnce: (transactionId, send) =>
    begin(async (query) => {
      const [unsent] = await query<{ record: string }>(lockUnsent, [transactionId]);
      if (!unsent) return;
      await send(unsent.record);
      await query(markSent, [transactionId]);
    }),
});
