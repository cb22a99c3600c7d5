import { createHash } from 'node:crypto';
import type { Answer } from '../../shared/http/endpoint.ts';
import { Refusal } from '../../shared/http/refusals.ts';
import { encodeScoredTransaction } from '../../shared/wire/scored-transaction.ts';
import { type Transaction, transactionFromWire, transactionToWire } from '../../shared/wire/transaction.ts';
import { type AccountHistory, computeFeatures } from './features.ts';
import { reasonsFor } from './reasons.ts';
import { brokenRule } from './rules.ts';
import type { Scorer } from './trees.ts';

/** The stored result of a transaction. */
export interface ScoredRequest {
  readonly transactionId: string;
  /** Hash of the whole transaction, to recognise another one with the same id. */
  readonly transactionHash: string;
  /** The body of the response. */
  readonly answer: string;
}

/** A new result, with its record and the account's new history. */
export interface Scored extends ScoredRequest {
  /** The record for the topic `transactions`. */
  readonly record: string;
  readonly history: AccountHistory;
}

export interface Ports {
  /**
   * Stores what `scoreWith` returns, and the account's new history, under one lock of the account. If the id
   * has a result already, returns that one and stores nothing.
   */
  readonly scoreOnce: (
    transaction: Transaction,
    scoreWith: (history: AccountHistory) => Scored,
  ) => Promise<ScoredRequest>;
  /**
   * Runs `send` with the record, unless it has succeeded for this id before. A concurrent call waits for it.
   */
  readonly sendOnce: (transactionId: string, send: (record: string) => Promise<void>) => Promise<void>;
  /** Sends a record, and returns when every in-sync replica has acknowledged it. */
  readonly send: (record: { readonly accountId: string; readonly value: string }) => Promise<void>;
  /** The scorer of the model in use. */
  readonly scorer: () => Promise<Scorer>;
  readonly now: () => number;
}

/**
 * Scores a transaction, sends it to `transactions`, and then answers. A repeat with the same id gets the same
 * answer, and is sent only if the first request could not send it.
 * @see docs/adr/0014-http-api.md
 */
export const scoreTransaction =
  ({ scoreOnce, sendOnce, send, scorer, now }: Ports) =>
  async (body: unknown): Promise<Answer> => {
    const transaction = transactionFromWire(body);
    const { transactionId, accountId } = transaction;
    const model = await scorer();

    const { answer, transactionHash } = await scoreOnce(transaction, (history) =>
      scoreNow(transaction, history, model, now()),
    );
    if (transactionHash !== hashOf(transaction))
      throw new Refusal(409, `transactionId: ${transactionId} belongs to another transaction`);

    await sendOnce(transactionId, (record) => send({ accountId, value: record }));
    return { status: 200, type: 'application/json', body: answer };
  };

function scoreNow(
  transaction: Transaction,
  before: AccountHistory,
  scorer: Scorer,
  scoredAtMs: number,
): Scored {
  const { transactionId } = transaction;
  const { features, history } = computeFeatures(before, transaction);
  const score = scorer.score(features);
  const broken = brokenRule(features);
  const fraud = broken !== undefined || score >= scorer.threshold;
  const verdict = { score, fraud, modelVersion: scorer.version };
  const ofModel = reasonsFor(features, scorer.contributions(features));
  const reasons = broken ? [broken.reason, ...ofModel] : ofModel;
  return {
    transactionId,
    transactionHash: hashOf(transaction),
    answer: JSON.stringify({ transactionId, ...verdict, reasons }),
    record: encodeScoredTransaction({
      transaction,
      features,
      ...verdict,
      rule: broken?.rule ?? null,
      scoredAtMs,
    }),
    history,
  };
}

const hashOf = (transaction: Transaction): string =>
  createHash('sha256')
    .update(JSON.stringify(transactionToWire(transaction)))
    .digest('hex');
