import { readApiToken } from './api-token.ts';
import type { Endpoints } from './endpoints.ts';
import { type Predict, predictOver, sendTransactions } from './generator/send-transactions.ts';
import { transactions } from './generator/transactions.ts';
import type { ScoringState } from './terminal/state.ts';

/** Gentle, on a machine that also runs all the rest. */
const perSecond = 2;
const accounts = 400;
const fraudShare = 0.03;
/** Of event time, in which the flow runs faster than the clock. */
const perDay = accounts * 8;
/** What the median is of. */
const remembered = 100;

export interface TransactionFlow {
  state(): ScoringState;
  /** Sends transactions until the signal says so. One that fails is counted; the next one follows. */
  run(signal: AbortSignal): Promise<void>;
}

/** Card transactions that are made up and sent through the API, as its callers would. */
export async function openTransactionFlow(endpoints: Endpoints, nowMs: number): Promise<TransactionFlow> {
  const predict = predictOver({
    url: endpoints.apiUrl,
    token: await readApiToken(endpoints, 'predict'),
  });
  const latestMs: number[] = [];
  const counts = { scored: 0, failed: 0, frauds: 0 };

  const timed: Predict = async (transaction) => {
    const startedAtMs = performance.now();
    const answer = await predict(transaction).catch(() => ({ status: 503, fraud: false }));
    if (answer.status === 200) {
      latestMs.push(performance.now() - startedAtMs);
      if (latestMs.length > remembered) latestMs.shift();
      counts.scored += 1;
      counts.frauds += Number(answer.fraud ?? false);
    } else counts.failed += 1;
    return answer;
  };

  return {
    state: () => ({ ...counts, medianMs: medianOf(latestMs) }),
    run: async (signal) => {
      await sendTransactions({
        known: transactions({ seed: nowMs, startMs: nowMs, accounts, perDay, fraudShare }),
        predict: timed,
        rate: perSecond,
        seconds: Number.POSITIVE_INFINITY,
        onTaken: () => {},
        onProgress: () => {},
        signal,
      });
    },
  };
}

const medianOf = (values: readonly number[]): number | undefined =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
