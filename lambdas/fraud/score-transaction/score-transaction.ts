import { createHash } from 'node:crypto';
import type { Answer } from '../../shared/http/endpoint.ts';
import { Refusal } from '../../shared/http/refusals.ts';
import { encodeScoredTransaction } from '../../shared/wire/scored-transaction.ts';
import { type Transaction, transactionFromWire, transactionToWire } from '../../shared/wire/transaction.ts';
import { type AccountHistory, judge } from './features.ts';
import { reasonsFor } from './reasons.ts';
import type { Scorer } from './trees.ts';

/** What a transaction came to, as it is kept and sent. */
export interface ScoredRequest {
  readonly transactionId: string;
  /** Of the whole transaction: another one under its id has another. */
  readonly transactionHash: string;
  /** The JSON that answers it. */
  readonly answer: string;
}

/** Scored now, and what the account is like with it. */
export interface Judgement extends ScoredRequest {
  /** The record of `transactions` that tells of it. */
  readonly record: string;
  readonly history: AccountHistory;
}

export interface Ports {
  /**
   * Keeps what `judgeBy` makes of a transaction, and its account's history with it, under one lock of the account; unless
   * there is already something under its id, which then is returned.
   */
  readonly scoreOnce: (
    transaction: Transaction,
    judgeBy: (history: AccountHistory) => Judgement,
  ) => Promise<ScoredRequest>;
  /** Runs `send` with the record unless it once returned for this id; whoever comes meanwhile waits. */
  readonly sendOnce: (transactionId: string, send: (record: string) => Promise<void>) => Promise<void>;
  /** Returns when the record is acknowledged by every in-sync replica. */
  readonly send: (record: { readonly accountId: string; readonly value: string }) => Promise<void>;
  /** The model to score with. */
  readonly scorer: () => Promise<Scorer>;
  readonly now: () => number;
}

/**
 * Scores a transaction and sends it to `transactions` before it answers. Whatever comes again under an id that was answered gets
 * the same answer, and is sent only if it was not sent before.
 * @see docs/adr/0014-http-api.md
 */
export const scoreTransaction =
  ({ scoreOnce, sendOnce, send, scorer, now }: Ports) =>
  async (body: unknown): Promise<Answer> => {
    const transaction = transactionFromWire(body);
    const { transactionId, accountId } = transaction;
    const model = await scorer();

    const { answer, transactionHash } = await scoreOnce(transaction, (history) =>
      judgement(transaction, history, model, now()),
    );
    if (transactionHash !== hashOf(transaction))
      throw new Refusal(409, `transactionId: ${transactionId} was given to another transaction before`);

    await sendOnce(transactionId, (record) => send({ accountId, value: record }));
    return { status: 200, type: 'application/json', body: answer };
  };

function judgement(
  transaction: Transaction,
  before: AccountHistory,
  scorer: Scorer,
  scoredAtMs: number,
): Judgement {
  const { transactionId } = transaction;
  const { features, history } = judge(before, transaction);
  const score = scorer.score(features);
  const verdict = { score, fraud: score >= scorer.threshold, modelVersion: scorer.version };
  const reasons = reasonsFor(features, scorer.contributions(features));
  return {
    transactionId,
    transactionHash: hashOf(transaction),
    answer: JSON.stringify({ transactionId, ...verdict, reasons }),
    record: encodeScoredTransaction({ transaction, features, ...verdict, scoredAtMs }),
    history,
  };
}

const hashOf = (transaction: Transaction): string =>
  createHash('sha256')
    .update(JSON.stringify(transactionToWire(transaction)))
    .digest('hex');
