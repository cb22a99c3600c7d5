import { describe, expect, test } from '@jest/globals';
import { outcomeCounts } from '../../../../../lambdas/fraud/monitor-transactions/counts.ts';
import {
  type AccountHistory,
  emptyHistory,
} from '../../../../../lambdas/fraud/score-transaction/features.ts';
import { burstSize } from '../../../../../lambdas/fraud/score-transaction/rules.ts';
import { scoreTransaction } from '../../../../../lambdas/fraud/score-transaction/score-transaction.ts';
import { shippedScorer } from '../../../../../lambdas/fraud/score-transaction/shipped-model.ts';
import type { Scorer } from '../../../../../lambdas/fraud/score-transaction/trees.ts';
import { scoredTransactionFromWire } from '../../../../../lambdas/shared/wire/scored-transaction.ts';
import { transactionsWithHistories } from '../../../../../localstack/generator/account-histories.ts';
import { trainingRows } from '../../../../../localstack/generator/training-rows.ts';

const startMs = Date.UTC(2026, 10, 28, 12);
const spanMs = 12_000;
const requests = 607;

/** A model that finds nothing suspicious. */
const blind: Scorer = {
  ...{ version: 'blind', threshold: 1, features: [] },
  score: () => 0,
  contributions: () => new Map(),
};

/** Plays requests on one account with these times, in this order. Returns the answers and the records. */
async function play(timesMs: readonly number[], scorer: Scorer) {
  let history: AccountHistory = emptyHistory;
  const records: string[] = [];
  const score = scoreTransaction({
    scoreOnce: async (_, scoreWith) => {
      const scored = scoreWith(history);
      ({ history } = scored);
      records.push(scored.record);
      return scored;
    },
    sendOnce: async () => {},
    send: async () => {},
    scorer: async () => scorer,
    now: () => startMs,
  });
  const answers: { fraud: boolean; reasons: string[] }[] = [];
  for (const [at, timeMs] of timesMs.entries()) {
    const { body } = await score({
      transactionId: `t-${at}`,
      accountId: 'a',
      amount: 20,
      currency: 'EUR',
      merchantCategory: 'groceries',
      country: 'DE',
      channel: 'pos',
      time: new Date(timeMs).toISOString(),
    });
    answers.push(JSON.parse(body));
  }
  return { answers, records };
}

const inOrder = Array.from({ length: requests }, (_, at) => startMs + Math.round((at * spanMs) / requests));

describe('607 requests on one account within 12 seconds', () => {
  test.each<[string, readonly number[]]>([
    ['in order of time', inOrder],
    ['with the same time', inOrder.map(() => startMs)],
    ['with whole seconds, so with equal times', inOrder.map((ms) => ms - (ms % 1000))],
    ['with the newest first', inOrder.toReversed()],
    ['in a mixed order', inOrder.map((_, at) => inOrder[(at * 251) % requests] ?? startMs)],
  ])('607 requests %s are flagged from the 21st on by the rule alone, and counted', async (_, timesMs) => {
    const { answers, records } = await play(timesMs, blind);
    expect(answers.map(({ fraud }) => fraud)).toEqual(timesMs.map((_, at) => at >= burstSize));
    expect(answers.at(-1)?.reasons[0]).toBe('a burst: 50 other transactions of the account within a minute');
    const counted = outcomeCounts(
      records.map((text, offset) => ({
        ...scoredTransactionFromWire(JSON.parse(text)),
        partition: 0,
        offset,
      })),
    );
    expect(counted).toEqual([
      { partition: 0, outcome: 'legitimate', rule: null, count: burstSize },
      { partition: 0, outcome: 'fraud', rule: 'burst', count: requests - burstSize },
    ]);
  });

  test('607 requests are spread over ten hours: no burst', async () => {
    const { answers } = await play(
      inOrder.map((_, at) => startMs + at * 60_000),
      blind,
    );
    expect(answers.filter(({ fraud }) => fraud)).toEqual([]);
  });
});

test('the shipped model flags most fast card tests and bursts by its own score', () => {
  const stream = { seed: 4711, startMs, accounts: 150, perDay: 1_200, fraudShare: 0.05 };
  const { histories, known } = transactionsWithHistories(stream, 10);
  const all = [...known.take(12_000)];
  const scorer = shippedScorer();
  const found = { 'card-testing': [0, 0], burst: [0, 0] };
  for (const [at, { features }] of [...trainingRows(all, histories)].entries()) {
    const pattern = all[at]?.pattern;
    if (pattern !== 'card-testing' && pattern !== 'burst') continue;
    found[pattern][1] = (found[pattern][1] ?? 0) + 1;
    if (scorer.score(features) >= scorer.threshold) found[pattern][0] = (found[pattern][0] ?? 0) + 1;
  }
  for (const [flagged = 0, played = 0] of Object.values(found)) {
    expect(played).toBeGreaterThan(40);
    expect(flagged / played).toBeGreaterThan(0.8);
  }
});

test('no generated card holder breaks the rule', () => {
  const stream = { seed: 4712, startMs, accounts: 150, perDay: 1_200, fraudShare: 0.03 };
  const honest = transactionsWithHistories(stream, 0)
    .known.take(8_000)
    .filter(({ isFraud }) => !isFraud);
  const most = [...trainingRows(honest)]
    .map(({ features }) => features.transactions_last_minute ?? 0)
    .reduce((one, other) => Math.max(one, other), 0);
  expect(most).toBeLessThan(burstSize);
});
