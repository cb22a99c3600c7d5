import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import { chance } from '../../../localstack/generator/random.ts';
import {
  type Predict,
  predictOver,
  sendTransactions,
} from '../../../localstack/generator/send-transactions.ts';
import { type KnownTransaction, transactions } from '../../../localstack/generator/transactions.ts';
import { readApiToken } from '../../../localstack/run/api-token.ts';

/** The transactions as their callers know them. */
export interface SentTransactions {
  /** The outcome in the answer, by transaction id. */
  readonly answered: ReadonlyMap<string, 'fraud' | 'legitimate'>;
  /** Ids without an answer: their outcome is unknown. */
  readonly unanswered: ReadonlySet<string>;
}

const perSecond = 5;
const accounts = 200;
/** Attempts of a caller, and the pause after each failure. */
const tries = 2;
const againAfterMs = 1_000;
/** The share of transactions that a caller sends twice concurrently. */
const twiceShare = 0.1;

/** Sends card transactions to the API until stopped. Callers retry, and some send a transaction twice. */
export function startTransactions({ endpoints, seed }: { endpoints: Endpoints; seed: number }) {
  const stopped = new AbortController();
  const answered = new Map<string, 'fraud' | 'legitimate'>();
  const unanswered = new Set<string>();

  function* noted(known: Iterable<KnownTransaction>): Generator<KnownTransaction> {
    for (const each of known) {
      unanswered.add(each.transaction.transactionId);
      yield each;
    }
  }
  const flow = (async () => {
    const api = { url: endpoints.apiUrl, token: await readApiToken(endpoints, 'predict') };
    const start = { seed, startMs: Date.now(), accounts, perDay: accounts * 8, fraudShare: 0.05 };
    await sendTransactions({
      known: noted(transactions(start)),
      predict: asCallersDo(predictOver(api), seed),
      rate: perSecond,
      seconds: Number.POSITIVE_INFINITY,
      onAccepted: ({ transaction: { transactionId } }, fraud) => {
        unanswered.delete(transactionId);
        answered.set(transactionId, fraud ? 'fraud' : 'legitimate');
      },
      onProgress: () => undefined,
      signal: stopped.signal,
    });
  })();
  flow.catch(() => undefined); // reported by `stop`

  return {
    stop: async (): Promise<SentTransactions> => {
      stopped.abort();
      await flow;
      return { answered, unanswered };
    },
  };
}

function asCallersDo(predict: Predict, seed: number): Predict {
  const ask: Predict = (transaction) => predict(transaction).catch(() => ({ status: 503 }));
  const askUntilTired = async (transaction: object, left: number): ReturnType<Predict> => {
    const answer = await ask(transaction);
    if (answer.status === 200 || left === 1) return answer;
    await delay(againAfterMs);
    return askUntilTired(transaction, left - 1);
  };
  let sent = 0;
  return async (transaction) => {
    sent += 1;
    const times = chance(seed, 310, sent) < twiceShare ? 2 : 1;
    const answers = await Promise.all(Array.from({ length: times }, () => askUntilTired(transaction, tries)));
    return answers.find(({ status }) => status === 200) ?? { status: 503 };
  };
}
