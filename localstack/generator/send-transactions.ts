import { setTimeout as delay } from 'node:timers/promises';
import { transactionToWire } from '../../lambdas/shared/wire/transaction.ts';
import type { KnownTransaction } from './transactions.ts';

/** Sends a transaction to be scored. Answers the status of the answer, and whether it was taken for a fraud. */
export type Predict = (transaction: object) => Promise<{ readonly status: number; readonly fraud?: boolean }>;

export const predictOver =
  ({ url, token }: { url: string; token: string }): Predict =>
  async (transaction) => {
    const response = await fetch(new URL('predict', url.endsWith('/') ? url : `${url}/`), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(transaction),
    });
    const answer: unknown = await response.json().catch(() => undefined);
    const fraud = typeof answer === 'object' && answer !== null && 'fraud' in answer && answer.fraud === true;
    return { status: response.status, fraud };
  };

export interface SendTransactionsProps {
  readonly known: Iterable<KnownTransaction>;
  readonly predict: Predict;
  /** Transactions per second. */
  readonly rate: number;
  readonly seconds: number;
  /** Called, one after the other, for each that was taken. */
  readonly onTaken: (known: KnownTransaction, fraud: boolean) => void | Promise<void>;
  /** Called about once a second. */
  readonly onProgress: (sent: Sent) => void;
  readonly signal: AbortSignal;
}

export interface Sent {
  readonly taken: number;
  readonly refused: number;
  readonly frauds: number;
  readonly flagged: number;
}

/** What is on its way at a time, so that an answer that takes long does not slow the rate down. */
const maxInFlight = 50;

/**
 * Sends transactions at an even pace, as far as the API keeps up. Those of one account go one after the other: how one is scored
 * depends on those before it. What is refused is counted and passed over; that the API cannot be reached ends the run.
 */
export async function sendTransactions(props: SendTransactionsProps): Promise<Sent> {
  const { known, predict, rate, seconds, onTaken, onProgress, signal } = props;
  const sent = { taken: 0, refused: 0, frauds: 0, flagged: 0 };
  const inFlight = new Map<string, Promise<void>>();
  let failure: unknown;
  let tellMs = performance.now() + 1000;
  const endMs = performance.now() + seconds * 1000;
  let due = performance.now();

  const sendOne = async (each: KnownTransaction): Promise<void> => {
    const { status, fraud = false } = await predict(transactionToWire(each.transaction));
    if (status !== 200) {
      sent.refused += 1;
      return;
    }
    sent.taken += 1;
    sent.frauds += Number(each.isFraud);
    sent.flagged += Number(fraud);
    await onTaken(each, fraud);
  };

  for (const each of known) {
    const { accountId } = each.transaction;
    await delay(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => {});
    while (inFlight.size >= maxInFlight) await Promise.race(inFlight.values());
    if (signal.aborted || failure !== undefined || performance.now() >= endMs) break;
    const before = inFlight.get(accountId) ?? Promise.resolve();
    const sending: Promise<void> = before
      .then(() => sendOne(each))
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => {
        if (inFlight.get(accountId) === sending) inFlight.delete(accountId);
      });
    inFlight.set(accountId, sending);
    due = Math.max(due, performance.now() - 1000) + 1000 / rate;
    if (performance.now() < tellMs) continue;
    tellMs = performance.now() + 1000;
    onProgress({ ...sent });
  }
  await Promise.all(inFlight.values());
  if (failure !== undefined) throw new Error('the API could not be reached', { cause: failure });
  return sent;
}
