import { expect, test } from '@jest/globals';
import {
  type DriftRules,
  measureDrift,
  scheduledTimeOf,
  type WindowCounts,
} from '../../../../../lambdas/fraud/measure-drift/measure-drift.ts';
import type { WindowScores } from '../../../../../lambdas/fraud/measure-drift/score-figures.ts';
import type { WindowSegment } from '../../../../../lambdas/fraud/measure-drift/segments-table.ts';
import {
  encodeMetricSamples,
  type MetricSample,
  metricSamplesFromWire,
} from '../../../../../lambdas/fraud/shared/metric-sample.ts';
import {
  type ModelReference,
  modelReferenceFrom,
  placesOf,
} from '../../../../../lambdas/fraud/shared/model-reference.ts';

const nowMs = Date.UTC(2026, 2, 1, 12);
const hourMs = 3_600_000;
const rules: DriftRules = { windowMs: hourMs, leastTransactions: 100 };

const reference = modelReferenceFrom({
  version: 'v1',
  features: {
    channel: { kind: 'category', categories: ['pos', 'online'], counts: [60, 40, 0], missing: 0 },
    amount_log: { kind: 'number', edges: [1, 2], counts: [10, 10, 10], missing: 70, quantiles: [] },
    hour_of_day: { kind: 'number', edges: [12], counts: [50, 50], missing: 0, quantiles: [] },
  },
  score: { kind: 'number', edges: [0.5], counts: [90, 10], missing: 0, quantiles: [] },
  segments: { country: { DE: [45, 5] }, channel: {}, merchant_category: {} },
  segmentFeatures: {
    country: { DE: { channel: [60, 40, 0, 0], amount_log: [10, 10, 10, 70], hour_of_day: [50, 50, 0] } },
    channel: { pos: { channel: [100, 0, 0, 0], amount_log: [10, 10, 10, 70], hour_of_day: [50, 50, 0] } },
  },
});

const scores = (changes: Partial<WindowScores> = {}): WindowScores => ({
  dimension: 'all',
  segment: 'all',
  newestMs: nowMs,
  counts: [90, 10],
  transactions: 100,
  flagged: 20,
  scoreSum: 24,
  flaggedScoreSum: 18,
  ...changes,
});

const window = (channel: number[], amount: number[] = [10, 10, 10], missing = 70): WindowCounts => ({
  modelVersion: 'v1',
  transactions: channel.reduce((sum, count) => sum + count, 0),
  features: new Map([
    ['channel', { counts: channel, missing: 0 }],
    ['amount_log', { counts: amount, missing }],
    ['hour_of_day', { counts: [0, 100], missing: 0 }],
    ['dropped_from_the_model', { counts: [1], missing: 0 }],
  ]),
});

async function measure(
  counts: WindowCounts | undefined,
  given = rules,
  known: ModelReference | undefined = reference,
  scored: readonly WindowScores[] = [],
  segments: readonly WindowSegment[] = [],
) {
  const sent: MetricSample[] = [];
  const spans: object[] = [];
  const result = await measureDrift(nowMs, given, {
    countsOf: async (span) => {
      spans.push(span);
      return counts;
    },
    scoresOf: async () => scored,
    segmentsOf: async () => segments,
    referenceOf: async (version) => (version === known?.version ? known : undefined),
    send: async (samples) => void sent.push(...samples),
  });
  const values = new Map(
    sent.map(({ name, labels, value }) => [[name, ...Object.values(labels)].join(' '), value]),
  );
  return { result, sent, spans, values };
}

test('the measured window ends now', async () => {
  expect((await measure(undefined)).spans).toEqual([{ fromMs: nowMs - hourMs, toMs: nowMs }]);
});

test('all figures of each feature of the reference are sent, and the overall score', async () => {
  const { sent, values, result } = await measure(window([60, 40, 0]));
  expect(sent).toHaveLength(2 + 3 * 5 + 1);
  expect(values.get('fraud_model_drift_transactions')).toBe(100);
  expect(values.get('fraud_model_feature_psi channel')).toBe(0);
  expect(values.get('fraud_model_feature_psi hour_of_day')).toBeGreaterThan(1);
  expect(values.get('fraud_model_feature_drift overall')).toBe(0);
  const beyond = { overall: 0, feature: 0, score: 0, missing: 0, unseen: 0, segment: 0 };
  const measured = { modelVersion: 'v1', transactions: 100, features: 3, overall: 0, beyond, figures: {} };
  expect(result).toEqual(measured);
});

test('the API accepts the samples, and a repeated measurement has the same ids', async () => {
  const { sent } = await measure(window([0, 40, 60]));
  expect(metricSamplesFromWire(JSON.parse(encodeMetricSamples(sent)), nowMs)).toEqual(sent);
  const again = await measure(window([0, 40, 60]));
  expect(again.sent).toEqual(sent);
});

test('a calendar feature counts in the overall score only if the window covers its period', async () => {
  const [hour, day] = await Promise.all(
    [hourMs, 24 * hourMs].map((windowMs) => measure(window([60, 40, 0]), { ...rules, windowMs })),
  );
  expect(hour?.values.get('fraud_model_feature_drift overall')).toBe(0);
  expect(day?.values.get('fraud_model_feature_drift overall')).toBeGreaterThan(0.1);
});

test('a feature without numbers in the window has no sample of its Wasserstein distance', async () => {
  const { values } = await measure(window([60, 40, 0], [0, 0, 0], 100));
  expect(values.has('fraud_model_feature_wasserstein amount_log')).toBe(false);
  expect(values.get('fraud_model_feature_drift amount_log')).toBeGreaterThan(0.3);
});

test.each([
  ['no', undefined, 0],
  ['too few', window([50, 49, 0]), 99],
])('a window with %s transactions has a sample of their number only', async (_, counts, transactions) => {
  const { sent } = await measure(counts);
  expect(sent).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: 'fraud_model_drift_transactions',
      labels: {},
      value: transactions,
      observedAtMs: nowMs,
    },
  ]);
});

test('shares of missing values and unseen categories are told as far as they exceed those of training', async () => {
  const { values, result } = await measure(window([0, 0, 100], [2, 2, 6], 90));
  expect(values.get('fraud_model_feature_missing_excess amount_log')).toBeCloseTo(0.2, 12);
  expect(values.get('fraud_model_feature_missing_excess channel')).toBe(0);
  expect(values.get('fraud_model_feature_unseen_excess channel')).toBe(1);
  expect(values.has('fraud_model_feature_unseen_excess amount_log')).toBe(false);
  expect(result).toMatchObject({
    beyond: { overall: 1, feature: 1, score: 0, missing: 0, unseen: 1, segment: 0 },
  });
});

test('precision and recall are estimated from scores, in all and by segment, where enough are flagged', async () => {
  const { values } = await measure(window([60, 40, 0]), rules, reference, [
    scores(),
    scores({
      dimension: 'country',
      segment: 'DE',
      counts: [90, 10],
      flagged: 9,
      scoreSum: 12,
      flaggedScoreSum: 9,
    }),
    scores({
      dimension: 'channel',
      segment: 'pos',
      transactions: 5,
      flagged: 12,
      scoreSum: 9,
      flaggedScoreSum: 6,
    }),
  ]);
  expect(values.get('fraud_model_estimated_precision')).toBe(0.9);
  expect(values.get('fraud_model_estimated_recall')).toBe(0.75);
  expect(values.has('fraud_model_segment_estimated_precision country DE')).toBe(false);
  expect(values.get('fraud_model_segment_estimated_recall country DE')).toBe(0.75);
  expect(values.get('fraud_model_segment_estimated_precision channel pos')).toBe(0.5);
  expect(values.has('fraud_model_segment_estimated_recall channel pos')).toBe(false);
});

test('the drift of scores is measured against the same segment of training, if it has enough transactions', async () => {
  const { values, result } = await measure(window([60, 40, 0]), rules, reference, [
    scores({ counts: [0, 100] }),
    scores({ dimension: 'country', segment: 'DE', counts: [90, 10] }),
    scores({ dimension: 'country', segment: 'FR', counts: [0, 100] }),
    scores({ dimension: 'channel', segment: 'pos', transactions: 99, counts: [0, 99] }),
  ]);
  expect(values.get('fraud_model_score_drift')).toBeGreaterThan(0.8);
  expect(values.get('fraud_model_segment_score_drift country DE')).toBe(0);
  expect(
    [...values.keys()].filter((name) => name.startsWith('fraud_model_segment_score_drift')),
  ).toHaveLength(1);
  expect(result).toMatchObject({ beyond: { score: 1 } });
});

test('a model whose reference has no scores has no drift of them', async () => {
  const { score: _, ...old } = reference;
  const { values } = await measure(window([60, 40, 0]), rules, old, [scores({ counts: [] })]);
  expect(values.has('fraud_model_score_drift')).toBe(false);
  expect(values.get('fraud_model_estimated_precision')).toBe(0.9);
});

test('a model without a reference is an error that names the model', async () => {
  const measuring = measure({ ...window([60, 40, 0]), modelVersion: 'v2' });
  await expect(measuring).rejects.toThrow('Measuring drift of 100 transactions failed: v2 has no reference');
});

test('counts whose number of bins differs from the reference are an error', async () => {
  const measuring = measure(window([60, 40, 0], [1, 99], 0));
  await expect(measuring).rejects.toThrow('amount_log of v1 was counted in 2 bins, its reference has 3');
});

test('the time comes from the scheduled event, so that a repeated event gives the same samples', () => {
  expect(scheduledTimeOf({ time: '2026-03-01T12:00:00Z' }, 5)).toBe(nowMs);
  expect(scheduledTimeOf({}, 5)).toBe(5);
  expect(scheduledTimeOf(null, 5)).toBe(5);
  expect(() => scheduledTimeOf({ time: 'noon' }, 5)).toThrow('expected RFC 3339');
});

const shadow = (challenger: string, apart: number, changes: Partial<WindowScores> = {}) => [
  scores({ segment: challenger, dimension: 'champion', ...changes }),
  scores({ segment: challenger, dimension: 'challenger', counts: [60, 40], flagged: 40, ...changes }),
  scores({ segment: challenger, dimension: 'disagreement', transactions: apart, ...changes }),
];
const shadowFigures = (values: ReadonlyMap<string, number>) =>
  Object.fromEntries([...values].filter(([name]) => name.startsWith('fraud_shadow')));

test('the challenger that scored last has its figures beside those of the model in use', async () => {
  const { values, sent } = await measure(window([60, 40, 0]), rules, reference, [
    scores(),
    ...shadow('c0', 50, { newestMs: nowMs - 1 }),
    ...shadow('c1', 20),
  ]);
  expect(shadowFigures(values)).toEqual({
    fraud_shadow_window_transactions: 100,
    fraud_shadow_disagreement: 0.2,
    // The Jensen-Shannon distance of (0.9, 0.1) and (0.6, 0.4), with logarithms to the base 2.
    fraud_shadow_score_drift: expect.closeTo(0.30217, 5),
    'fraud_shadow_estimated_precision champion': 0.9,
    'fraud_shadow_estimated_recall champion': 0.75,
    'fraud_shadow_estimated_precision challenger': 0.45,
    'fraud_shadow_estimated_recall challenger': 0.75,
  });
  expect(metricSamplesFromWire(JSON.parse(encodeMetricSamples(sent)), nowMs)).toEqual(sent);
});

test('a challenger of few transactions has their number only, and one that scores no more has nothing', async () => {
  const few = shadow('c1', 1, { transactions: 99 });
  const { values } = await measure(window([60, 40, 0]), rules, reference, [scores(), ...few]);
  expect(shadowFigures(values)).toEqual({ fraud_shadow_window_transactions: 99 });
  const before = shadow('c1', 1, { newestMs: nowMs - 1 });
  const withdrawn = await measure(window([60, 40, 0]), rules, reference, [scores(), ...before]);
  expect(shadowFigures(withdrawn.values)).toEqual({});
});

test('features of a segment are compared with the same segment of training, where both have enough', async () => {
  // Each feature has its bins, those beyond the training data included, and then its missing values.
  const { size } = placesOf(reference);
  const counts = (channel: number[], total: number) => [
    ...[...channel, 0],
    ...[0.1 * total, 0.1 * total, 0.1 * total, 0.7 * total],
    ...[total, 0, 0],
  ];
  expect(counts([0, 0, 0], 0)).toHaveLength(size);
  const segments: WindowSegment[] = [
    { dimension: 'country', segment: 'DE', counts: counts([40, 160, 0], 200) },
    { dimension: 'channel', segment: 'pos', counts: counts([300, 0, 0], 300) },
    { dimension: 'channel', segment: 'atm', counts: counts([0, 0, 300], 300) },
    { dimension: 'merchant_category', segment: 'fuel', counts: counts([99, 0, 0], 99) },
  ];
  const { values, sent, result } = await measure(window([60, 40, 0]), rules, reference, [], segments);
  const shown = [...values].filter(([name]) => name.startsWith('fraud_model_segment'));
  // The Jensen-Shannon distance of (0.6, 0.4) and (0.2, 0.8), with logarithms to the base 2.
  const ofChannel = 0.352862;
  expect(Object.fromEntries(shown)).toEqual({
    // As in training: fewer than in the window.
    'fraud_model_segment_transactions country DE': 100,
    'fraud_model_segment_feature_drift country DE overall': expect.closeTo(ofChannel / Math.SQRT2, 5),
    'fraud_model_segment_feature_drift country DE channel': expect.closeTo(ofChannel, 5),
    'fraud_model_segment_feature_drift country DE amount_log': 0,
    'fraud_model_segment_transactions channel pos': 100,
    'fraud_model_segment_feature_drift channel pos overall': 0,
    'fraud_model_segment_feature_drift channel pos amount_log': 0,
  });
  expect(result).toMatchObject({ beyond: { segment: 0 } });
  expect(metricSamplesFromWire(JSON.parse(encodeMetricSamples(sent)), nowMs)).toEqual(sent);
});

test('a reference without features of segments, or with other bins, has no drift by segment', async () => {
  const { segmentFeatures, ...older } = reference;
  const segments: WindowSegment[] = [{ dimension: 'country', segment: 'DE', counts: [1, 2] }];
  for (const known of [older, reference]) {
    const { values } = await measure(window([60, 40, 0]), rules, known, [], segments);
    expect([...values.keys()].filter((name) => name.includes('segment'))).toEqual([]);
  }
});
