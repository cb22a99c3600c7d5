import { expect, test } from '@jest/globals';
import type {
  FeatureCounts,
  OutcomeCounts,
  ScoreCounts,
  SegmentFeatureCounts,
  ShadowCounts,
} from '../../../../../lambdas/fraud/monitor-transactions/counts.ts';
import { monitorTransactions } from '../../../../../lambdas/fraud/monitor-transactions/monitor-transactions.ts';
import type { Prediction } from '../../../../../lambdas/fraud/monitor-transactions/prediction.ts';
import type { Challenger } from '../../../../../lambdas/fraud/monitor-transactions/score-in-shadow.ts';
import { modelReferenceFrom, placesOf } from '../../../../../lambdas/fraud/shared/model-reference.ts';
import type { DeadLetter } from '../../../../../lambdas/shared/failures/dead-letters.ts';
import type { Rule } from '../../../../../lambdas/shared/metrics/fraud-rules.ts';
import { encodeScoredTransaction } from '../../../../../lambdas/shared/wire/scored-transaction.ts';
import { kafkaRecordWith } from '../../../../fixtures/kafka-events.ts';

const minuteMs = 60_000;
const scoredAtMs = Date.UTC(2026, 2, 1, 12, 0, 59, 999);
const reference = modelReferenceFrom({
  version: 'v1',
  features: {
    amount_log: { kind: 'number', edges: [1, 2], counts: [1, 1, 1], missing: 0, quantiles: [] },
    channel: { kind: 'category', categories: ['pos'], counts: [3, 0], missing: 0 },
  },
  score: { kind: 'number', edges: [0.5], counts: [2, 1], missing: 0, quantiles: [] },
  segments: { country: {}, channel: {}, merchant_category: {} },
  segmentFeatures: { channel: { pos: { amount_log: [1, 1, 1, 0], channel: [3, 0, 0] } } },
});

interface Given {
  readonly id: string;
  readonly fraud?: boolean;
  readonly score?: number;
  readonly country?: string;
  readonly rule?: Rule;
  readonly modelVersion?: string;
  readonly atMs?: number;
  readonly features?: Readonly<Record<string, number | string | null>>;
}

const record = (partition: number, offset: number, text: string | null) =>
  kafkaRecordWith({
    topic: 'transactions',
    partition,
    offset,
    key: 'a-1',
    text,
    value: text?.startsWith('{') ? JSON.parse(text) : undefined,
  });

const scored = ({
  id,
  fraud = false,
  score = 0.5,
  country = 'KR',
  rule,
  modelVersion = 'v1',
  atMs = scoredAtMs,
  features = {},
}: Given) =>
  encodeScoredTransaction({
    transaction: {
      transactionId: id,
      accountId: 'a-1',
      amount: 1,
      currency: 'EUR',
      merchantCategory: 'fuel',
      country,
      channel: 'pos',
      timeMs: 0,
    },
    features,
    score,
    fraud,
    rule: rule ?? null,
    modelVersion,
    scoredAtMs: atMs,
  });

const partition = (number: number, ...texts: (string | null)[]) => {
  const records = texts.map((text, offset) => record(number, offset, text));
  return { topic: 'transactions', partition: number, records, start: { offset: 0, timestampMs: 0 } };
};

/**
 * Runs the monitor on a table that holds some predictions already, and returns all that its ports received.
 */
async function monitored(
  partitions: ReturnType<typeof partition>[],
  already: readonly string[] = [],
  { challenger, clock = () => 42 }: { challenger?: Challenger; clock?: () => number } = {},
) {
  const told = {
    rejected: [] as DeadLetter[],
    outcomes: [] as OutcomeCounts[],
    features: [] as FeatureCounts[],
    scores: [] as ScoreCounts[],
    shadows: [] as ShadowCounts[],
    segments: [] as SegmentFeatureCounts[],
    stored: [] as Prediction[],
    counts: 0,
  };
  const result = await monitorTransactions(partitions, minuteMs, {
    reject: async (rejections) => void told.rejected.push(...rejections),
    referenceOf: async (version) => (version === reference.version ? reference : undefined),
    insertNew: async (predictions) => {
      const ids = predictions.map(({ transaction }) => transaction.transactionId);
      expect(new Set(ids).size).toBe(ids.length);
      told.stored.push(...predictions);
      return new Set(ids.filter((id) => !already.includes(id)));
    },
    count: async ({ outcomes, features, scores, segments, shadows }) => {
      told.counts++;
      told.outcomes.push(...outcomes);
      told.features.push(...features);
      told.scores.push(...scores);
      told.segments.push(...segments);
      told.shadows.push(...shadows);
    },
    challenger: async () => challenger,
    now: clock,
  });
  return { ...told, result };
}

test('outcomes are counted by partition, and features by partition, minute of scoring and bin', async () => {
  const { outcomes, features, result } = await monitored([
    partition(
      3,
      scored({ id: 't1', fraud: true, features: { amount_log: 1, channel: 'pos' } }),
      scored({ id: 't2', features: { amount_log: 0.5, channel: 'atm' } }),
      scored({ id: 't3', features: { amount_log: null }, atMs: scoredAtMs + 1 }),
    ),
    partition(4, scored({ id: 't4', features: { amount_log: 'much', channel: 5 } })),
  ]);
  expect(outcomes).toEqual([
    { partition: 3, outcome: 'fraud', rule: null, count: 1 },
    { partition: 3, outcome: 'legitimate', rule: null, count: 2 },
    { partition: 4, outcome: 'legitimate', rule: null, count: 1 },
  ]);
  const startMs = Date.UTC(2026, 2, 1, 12);
  const at = { modelVersion: 'v1', startMs, partition: 3 };
  expect(features).toEqual([
    { ...at, feature: 'amount_log', counts: [1, 1, 0], missing: 0 },
    { ...at, feature: 'channel', counts: [1, 1], missing: 0 },
    { ...at, startMs: startMs + minuteMs, feature: 'amount_log', counts: [0, 0, 0], missing: 1 },
    { ...at, startMs: startMs + minuteMs, feature: 'channel', counts: [0, 0], missing: 1 },
    { ...at, partition: 4, feature: 'amount_log', counts: [0, 0, 0], missing: 1 },
    { ...at, partition: 4, feature: 'channel', counts: [0, 0], missing: 1 },
  ]);
  expect(result).toEqual({ transactions: 4, duplicates: 0, rejected: 0 });
});

test('scores are counted and added up in all and by segment, each transaction once in each dimension', async () => {
  const { scores } = await monitored([
    partition(
      3,
      scored({ id: 't1', fraud: true, score: 0.9, country: 'DE' }),
      scored({ id: 't2', score: 0.25 }),
      scored({ id: 't3', score: 0.0000004 }),
    ),
  ]);
  const at = { modelVersion: 'v1', startMs: Date.UTC(2026, 2, 1, 12), partition: 3 };
  const all = { counts: [2, 1], transactions: 3, flagged: 1, scoreSum: 1_150_000, flaggedScoreSum: 900_000 };
  const ofOne = { counts: [0, 1], transactions: 1, flagged: 1, scoreSum: 900_000, flaggedScoreSum: 900_000 };
  const rest = { counts: [2, 0], transactions: 2, flagged: 0, scoreSum: 250_000, flaggedScoreSum: 0 };
  expect(scores).toEqual([
    { ...at, dimension: 'all', segment: 'all', ...all },
    { ...at, dimension: 'country', segment: 'DE', ...ofOne },
    { ...at, dimension: 'country', segment: 'KR', ...rest },
    { ...at, dimension: 'channel', segment: 'pos', ...all },
    { ...at, dimension: 'merchant_category', segment: 'fuel', ...all },
  ]);
});

test('features are counted by segment, in buckets of six minutes, each transaction once in each dimension', async () => {
  const { segments } = await monitored([
    partition(
      3,
      scored({ id: 't1', country: 'DE', features: { amount_log: 1, channel: 'pos' } }),
      scored({ id: 't2', features: { amount_log: 0.5, channel: 'atm' } }),
      scored({ id: 't3', features: {}, atMs: scoredAtMs + 1 }),
    ),
  ]);
  const at = { modelVersion: 'v1', startMs: Date.UTC(2026, 2, 1, 12), partition: 3 };
  // Three bins and the missing of `amount_log`, then two bins and the missing of `channel`.
  expect(segments).toEqual([
    { ...at, dimension: 'country', segment: 'DE', counts: [0, 1, 0, 0, 1, 0, 0] },
    { ...at, dimension: 'channel', segment: 'pos', counts: [1, 1, 0, 1, 1, 1, 1] },
    { ...at, dimension: 'merchant_category', segment: 'fuel', counts: [1, 1, 0, 1, 1, 1, 1] },
    { ...at, dimension: 'country', segment: 'KR', counts: [1, 0, 0, 1, 0, 1, 1] },
  ]);
  const [, channel] = segments;
  expect(channel?.counts.length).toBe(placesOf(reference).size);
});

test('transactions that a rule flagged are counted apart from those that the model flagged', async () => {
  const { outcomes } = await monitored([
    partition(
      3,
      scored({ id: 't1', fraud: true }),
      scored({ id: 't2', fraud: true, rule: 'burst' }),
      scored({ id: 't3', fraud: true, rule: 'burst' }),
    ),
  ]);
  expect(outcomes).toEqual([
    { partition: 3, outcome: 'fraud', rule: null, count: 1 },
    { partition: 3, outcome: 'fraud', rule: 'burst', count: 2 },
  ]);
});

test('a second record of a transaction has no effect, whatever its partition or batch', async () => {
  const { outcomes, result } = await monitored(
    [
      partition(0, scored({ id: 't1' }), scored({ id: 't1' }), scored({ id: 'old' })),
      partition(1, scored({ id: 't1' }), scored({ id: 't2' })),
    ],
    ['old'],
  );
  expect(outcomes.reduce((sum, { count }) => sum + count, 0)).toBe(2);
  expect(result).toEqual({ transactions: 2, duplicates: 3, rejected: 0 });
});

test('a transaction of a model without a reference is counted, but its features are not', async () => {
  const { outcomes, features } = await monitored([partition(0, scored({ id: 't1', modelVersion: 'lost' }))]);
  expect(outcomes).toEqual([{ partition: 0, outcome: 'legitimate', rule: null, count: 1 }]);
  expect(features).toEqual([]);
});

test('a record that is no scored transaction goes to error-data with its place, and the others are counted', async () => {
  const { rejected, outcomes, result } = await monitored([
    partition(2, null, 'no JSON', '{"transaction":{}}', scored({ id: 't1' })),
  ]);
  expect(
    rejected.map(({ headers, key, error }) => [
      headers.origin?.offset,
      key,
      error.errorType,
      error.errorReason,
    ]),
  ).toEqual([
    [
      0,
      'a-1',
      'MALFORMED_MESSAGE',
      'transactions, partition 2, offset 0: found no value, expected a JSON object',
    ],
    [
      1,
      'a-1',
      'MALFORMED_MESSAGE',
      'transactions, partition 2, offset 1: found no JSON, expected a JSON object',
    ],
    [
      2,
      'a-1',
      'MISSING_FIELD',
      'transactions, partition 2, offset 2: transactionId: found nothing, expected a value',
    ],
  ]);
  expect(outcomes).toEqual([{ partition: 2, outcome: 'legitimate', rule: null, count: 1 }]);
  expect(result).toEqual({ transactions: 1, duplicates: 0, rejected: 3 });
});

test('a batch without new transactions counts nothing', async () => {
  expect((await monitored([partition(0, scored({ id: 'old' }))], ['old'])).counts).toBe(0);
  expect((await monitored([partition(0)])).counts).toBe(0);
});

/** A challenger that doubles the logarithm of the amount, and fails for a negative one. */
const doubling = (reported: unknown[] = []): Challenger => ({
  version: 'c1',
  scorer: {
    features: ['amount_log'],
    threshold: 0.5,
    score({ amount_log: amount }) {
      if ((amount ?? 0) < 0) throw new Error('negative');
      return (amount ?? 0) * 2;
    },
  },
  report: (error) => void reported.push(error),
});

test('the challenger scores the features of the model in use, and both are counted beside each other', async () => {
  const texts = [
    scored({ id: 't1', score: 0.9, fraud: true, features: { amount_log: 0.45 } }),
    scored({ id: 't2', score: 0.2, features: { amount_log: 0.25 } }),
    scored({ id: 't3', score: 0.2, features: { amount_log: null } }),
    scored({ id: 't4', score: 0.2, fraud: true, rule: 'burst', features: { amount_log: 0 } }),
  ];
  const { stored, scores, shadows } = await monitored([partition(3, ...texts)], [], {
    challenger: doubling(),
  });
  expect(stored.map(({ shadow }) => shadow?.verdict)).toEqual([
    { score: 0.9, fraud: true },
    { score: 0.5, fraud: true },
    { score: 0, fraud: false },
    // A rule decides for any model.
    { score: 0, fraud: true },
  ]);
  expect(shadows).toEqual([{ partition: 3, outcome: 'scored', count: 4 }]);
  const at = { modelVersion: 'v1', segment: 'c1', startMs: Date.UTC(2026, 2, 1, 12), partition: 3 };
  expect(scores.filter(({ segment }) => segment === 'c1')).toEqual([
    {
      ...{ ...at, dimension: 'champion', counts: [3, 1], transactions: 4 },
      ...{ flagged: 2, scoreSum: 1_500_000, flaggedScoreSum: 1_100_000 },
    },
    {
      ...{ ...at, dimension: 'challenger', counts: [2, 2], transactions: 4 },
      ...{ flagged: 3, scoreSum: 1_400_000, flaggedScoreSum: 1_400_000 },
    },
    {
      ...{ ...at, dimension: 'disagreement', counts: [1, 0], transactions: 1 },
      ...{ flagged: 0, scoreSum: 200_000, flaggedScoreSum: 0 },
    },
  ]);
});

test('a challenger that throws, or lacks a feature, changes nothing but its own part', async () => {
  const texts = [
    scored({ id: 't1', features: { amount_log: -1 } }),
    scored({ id: 't2', features: { amount_log: 5 } }),
    scored({ id: 't3', features: { channel: 'pos' } }),
    scored({ id: 't4', features: { amount_log: 0.1 } }),
  ];
  const reported: unknown[] = [];
  const [shadowed, alone] = [
    await monitored([partition(3, ...texts)], [], { challenger: doubling(reported) }),
    await monitored([partition(3, ...texts)]),
  ];
  expect(shadowed.shadows).toEqual([
    { partition: 3, outcome: 'failed', count: 2 },
    { partition: 3, outcome: 'incomplete', count: 1 },
    { partition: 3, outcome: 'scored', count: 1 },
  ]);
  expect(reported).toEqual([new Error('negative')]);
  expect(alone.shadows).toEqual([]);
  const own = ({ segment }: ScoreCounts) => segment === 'c1';
  expect({
    ...shadowed,
    scores: shadowed.scores.filter((each) => !own(each)),
    stored: shadowed.stored.map(({ shadow, ...rest }) => rest),
    shadows: [],
  }).toEqual(alone);
});

test('a challenger whose file is broken fails for each transaction, and is stored with its version', async () => {
  const broken = { ...doubling(), scorer: undefined };
  const { stored, shadows } = await monitored([partition(3, scored({ id: 't1' }))], [], {
    challenger: broken,
  });
  expect(stored[0]?.shadow).toEqual({ version: 'c1', outcome: 'failed' });
  expect(shadows).toEqual([{ partition: 3, outcome: 'failed', count: 1 }]);
});

test('a challenger that is too slow is not asked for the rest of a batch', async () => {
  let nowMs = 0;
  const slow: Challenger = {
    version: 'c1',
    scorer: {
      features: [],
      threshold: 1,
      score() {
        nowMs += 3_000;
        return 0;
      },
    },
    report() {},
  };
  const texts = ['t1', 't2', 't3', 't4'].map((id) => scored({ id }));
  const { shadows, result } = await monitored([partition(3, ...texts)], [], {
    challenger: slow,
    clock: () => nowMs,
  });
  expect(shadows).toEqual([
    { partition: 3, outcome: 'scored', count: 2 },
    { partition: 3, outcome: 'late', count: 2 },
  ]);
  expect(result.transactions).toBe(4);
});

test('a model does not challenge itself, and a repeated transaction is not shadowed twice', async () => {
  const texts = [scored({ id: 't1', modelVersion: 'c1' }), scored({ id: 't2' }), scored({ id: 't2' })];
  const { shadows } = await monitored([partition(3, ...texts)], ['old'], { challenger: doubling() });
  expect(shadows).toEqual([{ partition: 3, outcome: 'incomplete', count: 1 }]);
});
