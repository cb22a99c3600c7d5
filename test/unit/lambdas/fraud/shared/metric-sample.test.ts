import { expect, test } from '@jest/globals';
import { featureKinds } from '../../../../../lambdas/fraud/score-transaction/features.ts';
import {
  encodeMetricSamples,
  type MetricSample,
  maxSamples,
  metricSamplesFromWire,
} from '../../../../../lambdas/fraud/shared/metric-sample.ts';
import { gauges } from '../../../../../lambdas/shared/metrics/metrics.ts';

const nowMs = Date.UTC(2026, 0, 1);

const precision: MetricSample = {
  id: 'evaluation-17',
  name: 'fraud_model_precision',
  labels: { maturity: 'any' },
  value: 0.93,
  observedAtMs: nowMs - 1_000,
};
const drift: MetricSample = {
  ...precision,
  id: 'drift-17',
  name: 'fraud_model_feature_drift',
  labels: { feature: 'overall' },
};
const wire = (change: object) => ({
  updates: [
    {
      id: 'a',
      name: 'fraud_model_precision',
      labels: { maturity: '1d' },
      value: 0.5,
      observedAt: '2025-12-31T23:00:00Z',
      ...change,
    },
  ],
});

test('metric samples are the same after encoding and reading', () => {
  const samples = [precision, drift];
  expect(metricSamplesFromWire(JSON.parse(encodeMetricSamples(samples)), nowMs)).toEqual(samples);
});

test('the drift gauges accept exactly the features of the model', () => {
  expect([...gauges.fraudModelFeaturePsi.labels.feature]).toEqual(Object.keys(featureKinds));
});

test.each([
  ['that is no object', 7, 'body: found 7'],
  ['without a list', { updates: {} }, 'updates: found {}'],
  ['with an unknown name', { ...wire({}), more: 1 }, 'body: found "more"'],
  ['without samples', { updates: [] }, 'updates: found 0'],
  ['with too many samples', { updates: Array(maxSamples + 1).fill({}) }, `updates: found ${maxSamples + 1}`],
  ['with an id twice', { updates: [...wire({}).updates, ...wire({}).updates] }, 'each id once'],
  ['with a sample without an id', wire({ id: undefined }), 'updates[0].id: found nothing'],
  [
    'with a sample of a counter',
    wire({ name: 'http_requests_total' }),
    'updates[0].name: found "http_requests_total"',
  ],
  ['with a sample of an unknown metric', wire({ name: '__proto__' }), 'updates[0].name'],
  [
    'with a label that its gauge does not have',
    wire({ labels: { feature: 'overall' } }),
    'updates[0].labels',
  ],
  [
    'with a label value outside the set',
    wire({ name: 'fraud_model_feature_psi', labels: { feature: 'overall' } }),
    'updates[0].labels.feature: found "overall"',
  ],
  ['without the label of its gauge', wire({ labels: {} }), 'updates[0].labels'],
  [
    'with a label named __proto__',
    JSON.parse(
      '{"updates":[{"id":"a","name":"fraud_model_f1","labels":{"__proto__":1},"value":1,"observedAt":"2025-01-01T00:00:00Z"}]}',
    ),
    'updates[0].labels',
  ],
  ['with a value as text', wire({ value: '0.5' }), 'updates[0].value: found "0.5"'],
  ['with a value out of range', wire({ value: 1.01 }), 'updates[0].value: found 1.01'],
  [
    'with an infinite value',
    JSON.parse(
      '{"updates":[{"id":"a","name":"fraud_model_feature_psi","labels":{"feature":"country"},"value":1e999,"observedAt":"2025-01-01T00:00:00Z"}]}',
    ),
    'updates[0].value',
  ],
  ['without a time', wire({ observedAt: undefined }), 'updates[0].observedAt'],
  ['with a time far ahead', wire({ observedAt: '2026-01-01T00:06:00Z' }), 'updates[0].observedAt'],
  ['with an unknown name in a sample', wire({ ids: 1 }), 'updates[0]: found "ids"'],
])('a body %s is refused, and the error names the field', (_, body, message) => {
  expect(() => metricSamplesFromWire(body, nowMs)).toThrow(message);
});
