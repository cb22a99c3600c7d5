import { expect, test } from '@jest/globals';
import {
  evaluateModel,
  mostSegments,
  type SegmentConfusion,
} from '../../../../../lambdas/fraud/evaluate-model/evaluate-model.ts';
import type { Confusion } from '../../../../../lambdas/fraud/evaluate-model/figures.ts';
import type { ShadowVerdicts } from '../../../../../lambdas/fraud/evaluate-model/shadow-pairs.ts';
import {
  encodeMetricSamples,
  metricSamplesFromWire,
} from '../../../../../lambdas/fraud/shared/metric-sample.ts';
import { type Maturity, maturities } from '../../../../../lambdas/shared/metrics/maturities.ts';
import { countries } from '../../../../../lambdas/shared/metrics/segments.ts';

const nowMs = Date.UTC(2024, 4, 1, 12);
const hourMs = 3_600_000;
const execution = { startedAtMs: nowMs, executionId: 'arn:run-1' };
const confusion = { truePositives: 3, falsePositives: 1, trueNegatives: 94, falseNegatives: 2 };

const ports = (
  counted: ReadonlyMap<Maturity, Confusion>,
  segments: readonly SegmentConfusion[] = [],
  shadow: readonly ShadowVerdicts[] = [],
) => {
  const calls: string[] = [];
  return {
    calls,
    spanMs: hourMs,
    recount: async () => {
      calls.push('recount');
      return 7;
    },
    countLabelled: async (at: number) => {
      calls.push(`count at ${at}`);
      return counted;
    },
    countSegments: async () => segments,
    countShadow: async () => shadow,
  };
};

const verdicts = (
  champion: boolean,
  challenger: boolean,
  isFraud: boolean,
  count: number,
): ShadowVerdicts => ({
  ...{ champion, challenger, isFraud, count },
});

test('an evaluation recounts first, and then returns figures and counts of each maturity', async () => {
  const world = ports(new Map([['1d', confusion]]));
  const { restated, byMaturity, samples } = await evaluateModel(execution, world);
  expect(world.calls).toEqual(['recount', `count at ${nowMs}`, `count at ${nowMs - hourMs}`]);
  expect(restated).toBe(7);
  expect(byMaturity['1d']).toEqual({
    labelled: 100,
    precision: 0.75,
    recall: 0.6,
    accuracy: 0.97,
    f1: expect.closeTo(2 / 3, 12),
  });
  expect(samples.filter(({ labels }) => labels.maturity === '1d')).toEqual(
    [
      ['fraud_model_precision', undefined, 0.75],
      ['fraud_model_recall', undefined, 0.6],
      ['fraud_model_accuracy', undefined, 0.97],
      ['fraud_model_f1', undefined, expect.closeTo(2 / 3, 12)],
      ['fraud_model_labelled_transactions', 'true_positive', 3],
      ['fraud_model_labelled_transactions', 'false_positive', 1],
      ['fraud_model_labelled_transactions', 'true_negative', 94],
      ['fraud_model_labelled_transactions', 'false_negative', 2],
    ].map(([name, outcome, value]) => ({
      name,
      labels: { maturity: '1d', ...(outcome === undefined ? {} : { outcome }) },
      value,
      observedAtMs: nowMs,
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
    })),
  );
});

test('a maturity without labels has counts of 0, and no figures', async () => {
  const { byMaturity, samples } = await evaluateModel(execution, ports(new Map()));
  expect(byMaturity.any).toEqual({ labelled: 0 });
  expect(new Set(samples.map(({ name }) => name))).toEqual(new Set(['fraud_model_labelled_transactions']));
  expect(samples).toHaveLength(16);
});

test('each sample has its own id, which is the same when the state is retried', async () => {
  const counted = new Map([['any', confusion]] as const);
  const ids = (await evaluateModel(execution, ports(counted))).samples.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect((await evaluateModel(execution, ports(counted))).samples.map(({ id }) => id)).toEqual(ids);
  const another = await evaluateModel({ ...execution, executionId: 'arn:run-2' }, ports(counted));
  expect(ids).not.toContain(another.samples[0]?.id);
});

test('the API accepts the samples of an evaluation', async () => {
  const { samples } = await evaluateModel(execution, ports(new Map([['any', confusion]])));
  expect(metricSamplesFromWire(JSON.parse(encodeMetricSamples(samples)), nowMs)).toEqual(samples);
});

test('a segment has precision and recall when enough transactions are behind them', async () => {
  const some = { trueNegatives: 500, falsePositives: 1, falseNegatives: 1 };
  const { samples } = await evaluateModel(
    execution,
    ports(new Map(), [
      { dimension: 'country', segment: 'DE', ...some, truePositives: 9 },
      { dimension: 'channel', segment: 'atm', ...some, truePositives: 8 },
      { dimension: 'channel', segment: 'pos', ...some, truePositives: 0, falsePositives: 10 },
    ]),
  );
  const ofSegments = samples.filter(({ labels }) => labels.segment !== undefined);
  expect(ofSegments.map(({ name, labels, value }) => [name, labels.segment, value])).toEqual([
    ['fraud_model_segment_precision', 'DE', 0.9],
    ['fraud_model_segment_recall', 'DE', 0.9],
    ['fraud_model_segment_precision', 'pos', 0],
  ]);
  expect(metricSamplesFromWire(JSON.parse(encodeMetricSamples(samples)), nowMs)).toEqual(samples);
});

test('the samples of all maturities and of as many segments as are counted fit into one body', async () => {
  const all = new Map(maturities.map((maturity) => [maturity, confusion]));
  const many = Array.from({ length: mostSegments }, (_, at) => {
    const segment = countries[at] ?? '';
    return { dimension: 'country', segment, ...confusion, truePositives: 20 };
  });
  const shadow = [verdicts(true, true, true, 20)];
  const { samples } = await evaluateModel(execution, ports(all, many, shadow));
  expect(samples.length).toBeGreaterThan(2 * mostSegments);
  expect(samples.filter(({ name }) => name.startsWith('fraud_shadow'))).toHaveLength(8);
  expect(metricSamplesFromWire(JSON.parse(encodeMetricSamples(samples)), nowMs)).toEqual(samples);
});

test('the challenger has its figures beside those of the model in use, and the interval of their difference', async () => {
  const { samples } = await evaluateModel(
    execution,
    ports(new Map(), undefined, [
      verdicts(true, true, true, 60),
      verdicts(true, true, false, 10),
      verdicts(false, true, true, 30),
      verdicts(true, false, true, 2),
      verdicts(false, false, true, 8),
      verdicts(false, false, false, 890),
    ]),
  );
  const shown = samples.filter(({ name }) => name.startsWith('fraud_shadow'));
  expect(shown.map(({ name, labels, value }) => [name, ...Object.values(labels), value])).toEqual([
    ['fraud_shadow_labelled_transactions', 1_000],
    ['fraud_shadow_precision', 'champion', 62 / 72],
    ['fraud_shadow_recall', 'champion', 0.62],
    ['fraud_shadow_precision', 'challenger', 0.9],
    ['fraud_shadow_recall', 'challenger', 0.9],
    ['fraud_shadow_f1_gain', 'low', expect.closeTo(0.115, 2)],
    ['fraud_shadow_f1_gain', 'estimate', expect.closeTo(0.9 - 124 / 172, 12)],
    ['fraud_shadow_f1_gain', 'high', expect.closeTo(0.243, 2)],
  ]);
  expect(metricSamplesFromWire(JSON.parse(encodeMetricSamples(samples)), nowMs)).toEqual(samples);
});

test('with few frauds, the challenger has only the number of its labelled transactions', async () => {
  const few = [verdicts(true, true, true, 5), verdicts(false, false, false, 500)];
  const { samples } = await evaluateModel(execution, ports(new Map(), undefined, few));
  expect(samples.filter(({ name }) => name.startsWith('fraud_shadow'))).toMatchObject([
    { name: 'fraud_shadow_labelled_transactions', value: 505 },
  ]);
});
