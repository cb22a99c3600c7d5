import type { Database } from '../shared/database.ts';
import { type AccountHistory, noHistory } from './features.ts';
import type { Ports, ScoredRequest } from './score-transaction.ts';

/**
 * Locks the account, whether it is new or not, and reads what is known of it; no row when the id was scored before. The
 * conflict's update changes nothing: it is how a statement locks a row and reads what the last holder of the lock left.
 */
const lockAccount = `
  insert into account_activity (account_id)
  select $1 where not exists (select from scored_requests where transaction_id = $2)
      on conflict (account_id) do update set account_id = excluded.account_id
  returning activity`;

const keep = `
  with kept as (
    insert into scored_requests (transaction_id, answer, record)
    values ($1, $2, $3)
        on conflict (transaction_id) do nothing
    returning transaction_id
  ), changed as (
    update account_activity set activity = $5, last_changed = current_date
     where account_id = $4 and exists (select from kept)
  )
  select transaction_id from kept`;

const readKept = `
  select transaction_id as "transactionId", answer, record from scored_requests where transaction_id = $1`;

const lockUnsent = `
  select transaction_id from scored_requests where transaction_id = $1 and sent_at is null for update`;

const markSent = 'update scored_requests set sent_at = now() where transaction_id = $1';

type ScoreTables = Pick<Ports, 'scoreOnce' | 'sendOnce'>;

/** Postgres as the memory of what was answered and of what accounts do. */
export const scoreTables = ({ query, transaction: begin }: Database): ScoreTables => ({
  async scoreOnce({ transactionId, accountId }, judgeBy) {
    const judged = await begin(async (query) => {
      const [account] = await query<{ activity: Partial<AccountHistory> }>(lockAccount, [
        accountId,
        transactionId,
      ]);
      if (account === undefined) return undefined;
      const { answer, record, history } = judgeBy({ ...noHistory, ...account.activity });
      const activity = JSON.stringify(history);
      const kept = await query(keep, [transactionId, answer, record, accountId, activity]);
      return kept.length > 0 ? { transactionId, answer, record } : undefined;
    });
    if (judged) return judged;
    const [before] = await query<{ transactionId: string; answer: string; record: string }>(readKept, [
      transactionId,
    ]);
    if (!before) throw new Error(`Transaction ${transactionId} was scored before, but not kept`);
    return before satisfies ScoredRequest;
  },

  // The lock is the row's: it ends with the function that holds it, and whoever waits for it then sees what became of the send.
  sendOnce: (transactionId, send) =>
    begin(async (query) => {
      const unsent = await query(lockUnsent, [transactionId]);
      if (unsent.length === 0) return;
      await send();
      await query(markSent, [transactionId]);
    }),
});
