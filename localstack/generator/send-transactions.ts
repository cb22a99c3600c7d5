import { transactionToWire } from '../../lambdas/shared/wire/transaction.ts';
import { pause } from './pause.ts';
import type { KnownTransaction } from './transactions.ts';

/** Sends a transaction to be scored. Returns the HTTP status, and whether it was flagged as fraud. */
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
  /** Called for each accepted transaction. */
  readonly onAccepted: (known: KnownTransaction, fraud: boolean) => void | Promise<void>;
  /** Called about once a second. */
  readonly onProgress: (sent: Sent) => void;
  readonly signal: AbortSignal;
}

export interface Sent {
  readonly accepted: number;
  readonly refused: number;
  readonly frauds: number;
  readonly flagged: number;
}

/** Requests in flight, so that a slow answer does not lower the rate. */
const maxInFlight = 50;

/**
 * Sends transactions at an even pace, as far as the API keeps up. Transactions of one account are sent one
 * after another, since each score depends on those before it. Refused transactions are counted.
 * @throws Error when the API cannot be reached
 */
export async function sendTransactions(props: SendTransactionsProps): Promise<Sent> {
  const { known, predict, rate, seconds, onAccepted, onProgress, signal } = props;
  const sent = { accepted: 0, refused: 0, frauds: 0, flagged: 0 };
  const inFlight = new Map<string, Promise<void>>();
  let failure: unknown;
  let progressMs = performance.now() + 1000;
  const endMs = performance.now() + seconds * 1000;
  let due = performance.now();

  const sendOne = async (each: KnownTransaction): Promise<void> => {
    const { status, fraud = false } = await predict(transactionToWire(each.transaction));
    if (status !== 200) {
      sent.refused += 1;
      return;
    }
    sent.accepted += 1;
    sent.frauds += Number(each.isFraud);
    sent.flagged += Number(fraud);
    await onAccepted(each, fraud);
  };

  for (const each of known) {
    const { accountId } = each.transaction;
    await pause(due - performance.now(), signal);
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
    if (performance.now() < progressMs) continue;
    progressMs = performance.now() + 1000;
    onProgress({ ...sent });
  }
  await Promise.all(inFlight.values());
  if (failure !== undefined) throw new Error('the API could not be reached', { cause: failure });
  return sent;
}
