import { expect, test } from '@jest/globals';
import { featureKinds } from '../../../../../lambdas/fraud/score-transaction/features.ts';
import {
  encodeGaugeUpdates,
  type GaugeUpdate,
  gaugeUpdatesFromWire,
  maxUpdates,
} from '../../../../../lambdas/fraud/shared/gauge-update.ts';
import { gauges } from '../../../../../lambdas/shared/metrics/metrics.ts';

const nowMs = Date.UTC(2026, 0, 1);

const precision: GaugeUpdate = {
  id: 'evaluation-17',
  name: 'fraud_model_precision',
  labels: { maturity: 'any' },
  value: 0.93,
  observedAtMs: nowMs - 1_000,
};
const drift: GaugeUpdate = {
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

test('what is encoded is read back', () => {
  const updates = [precision, drift];
  expect(gaugeUpdatesFromWire(JSON.parse(encodeGaugeUpdates(updates)), nowMs)).toEqual(updates);
});

test('the features that drift is told of are those that the model is given', () => {
  expect([...gauges.fraudModelFeaturePsi.labels.feature]).toEqual(Object.keys(featureKinds));
});

test.each([
  ['no object', 7, 'body: found 7'],
  ['no list', { updates: {} }, 'updates: found {}'],
  ['another name in the body', { ...wire({}), more: 1 }, 'body: found "more"'],
  ['no updates', { updates: [] }, 'updates: found 0'],
  ['too many', { updates: Array(maxUpdates + 1).fill({}) }, `updates: found ${maxUpdates + 1}`],
  ['an id twice', { updates: [...wire({}).updates, ...wire({}).updates] }, 'each id once'],
  ['no id', wire({ id: undefined }), 'updates[0].id: found nothing'],
  ['a counter', wire({ name: 'http_requests_total' }), 'updates[0].name: found "http_requests_total"'],
  ['no metric', wire({ name: '__proto__' }), 'updates[0].name'],
  ['a label that it has not', wire({ labels: { feature: 'overall' } }), 'updates[0].labels'],
  [
    'a label value outside the set',
    wire({ name: 'fraud_model_feature_psi', labels: { feature: 'overall' } }),
    'updates[0].labels.feature: found "overall"',
  ],
  ['no label where there is one', wire({ labels: {} }), 'updates[0].labels'],
  [
    'labels from a prototype',
    JSON.parse(
      '{"updates":[{"id":"a","name":"fraud_model_f1","labels":{"__proto__":1},"value":1,"observedAt":"2025-01-01T00:00:00Z"}]}',
    ),
    'updates[0].labels',
  ],
  ['a value as text', wire({ value: '0.5' }), 'updates[0].value: found "0.5"'],
  ['a value past its range', wire({ value: 1.01 }), 'updates[0].value: found 1.01'],
  [
    'infinity',
    JSON.parse(
      '{"updates":[{"id":"a","name":"fraud_model_feature_psi","labels":{"feature":"country"},"value":1e999,"observedAt":"2025-01-01T00:00:00Z"}]}',
    ),
    'updates[0].value',
  ],
  ['no time', wire({ observedAt: undefined }), 'updates[0].observedAt'],
  ['a time far ahead', wire({ observedAt: '2026-01-01T00:06:00Z' }), 'updates[0].observedAt'],
  ['another name in an update', wire({ ids: 1 }), 'updates[0]: found "ids"'],
])('%s is refused by name', (_, body, message) => {
  expect(() => gaugeUpdatesFromWire(body, nowMs)).toThrow(message);
});
