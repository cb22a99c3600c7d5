import type { Endpoints } from '../endpoints.ts';
import { transactionsWithHistories } from '../generator/account-histories.ts';
import { labelFiles } from '../generator/label-files.ts';
import { type Predict, predictOver, sendTransactions } from '../generator/send-transactions.ts';
import type { Drop } from '../generator/sinks.ts';
import { storeHistories } from '../generator/store-histories.ts';
import { perAccountAndDay } from '../generator/transactions.ts';
import { localLogin } from '../platform/database-login.ts';
import type { ScoringState } from '../terminal/state.ts';
import { readApiToken } from './api-token.ts';
import { openWorkflow } from './workflow.ts';

/** A low rate: this machine also runs the whole platform. */
const perSecond = 2;
/** Enough transactions within a minute to tell a drift from chance. */
const perSecondWithDrift = 16;
/**
 * Event time runs faster than the clock: with this many accounts, the ten minutes of one drift window span a
 * day of it.
 */
const accounts = 150;
const perDay = accounts * perAccountAndDay;
const fraudShare = 0.03;
const historyDays = 20;
const dayMs = 86_400_000;
/** The median is taken over this many requests. */
const remembered = 100;

/** A label follows this long after its transaction. The model is evaluated as often. */
const labelsAfterMs = 60_000;
const labelsEveryMs = 10_000;
const evaluateEveryMs = 60_000;

export interface TransactionFlow {
  state(): ScoringState;
  /** Sends transactions until the signal aborts. A failed one is counted, and the next one follows. */
  run(signal: AbortSignal): Promise<void>;
}

/** Sends generated card transactions to the API, as its callers do, and drops their labels a minute later. */
export async function openTransactionFlow(
  endpoints: Endpoints,
  {
    nowMs,
    dropLabels,
    driftAfterMs,
  }: {
    readonly nowMs: number;
    readonly dropLabels: Drop;
    /** After so long, people buy differently; undefined for never. */
    readonly driftAfterMs: number | undefined;
  },
): Promise<TransactionFlow> {
  const predict = predictOver({
    url: endpoints.apiUrl,
    token: await readApiToken(endpoints, 'predict'),
  });
  const labels = labelFiles({
    drop: dropLabels,
    delayMs: labelsAfterMs,
    everyMs: labelsEveryMs,
    now: Date.now,
  });
  const evaluation = openWorkflow(endpoints, 'evaluation');
  const rate = driftAfterMs === undefined ? perSecond : perSecondWithDrift;
  /** How much faster event time runs than the clock. */
  const speed = (rate * dayMs) / (perDay * 1_000);
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
      const drift = driftAfterMs === undefined ? {} : { driftAtMs: nowMs + driftAfterMs * speed };
      const stream = { seed: nowMs, startMs: nowMs, accounts, perDay, fraudShare, ...drift };
      const { histories, known } = transactionsWithHistories(stream, historyDays);
      await storeHistories(localLogin(endpoints, 'fraud'), histories);
      let evaluateMs = Date.now() + labelsAfterMs + labelsEveryMs;
      // A failure here shows as missing metrics in the live view. The flow goes on.
      const labelAndEvaluate = async () => {
        await labels.dropDue();
        if (Date.now() < evaluateMs) return;
        evaluateMs = Date.now() + evaluateEveryMs;
        await evaluation.start({});
      };
      await sendTransactions({
        known,
        predict: timed,
        rate,
        seconds: Number.POSITIVE_INFINITY,
        onAccepted: labels.add,
        onProgress: () => void labelAndEvaluate().catch(() => undefined),
        signal,
      });
      evaluation.close();
    },
  };
}

const medianOf = (values: readonly number[]): number | undefined =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
