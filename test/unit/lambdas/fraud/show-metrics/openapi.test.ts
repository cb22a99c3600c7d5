import { expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { metricSamplesFromWire } from '../../../../../lambdas/fraud/shared/metric-sample.ts';
import { openApi } from '../../../../../lambdas/fraud/show-metrics/openapi.ts';
import { transactionFromWire } from '../../../../../lambdas/shared/wire/transaction.ts';
import { goodTransaction } from '../../../../fixtures/hostile-bodies.ts';
import { openApiSchemas } from '../../../../fixtures/openapi-schemas.ts';

const schemaOf = openApiSchemas(openApi);

const parses = (parse: () => unknown): boolean => {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
};

const nowMs = Date.UTC(2026, 1, 1);
const sample = {
  id: 's-1',
  name: 'fraud_model_recall',
  labels: { maturity: '7d' },
  value: 0.5,
  observedAt: '2026-01-31T12:00:00Z',
};

test('the description is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone(openApi))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});

test.each<[string, unknown]>([
  ['that is valid', goodTransaction],
  [
    'with values at the limits',
    {
      ...goodTransaction,
      amount: 1e9,
      transactionId: 'x'.repeat(64),
      time: '1970-01-01T00:00:00.123456789+00:00',
    },
  ],
  ['without an amount', { ...goodTransaction, amount: undefined }],
  ['with an amount of 0', { ...goodTransaction, amount: 0 }],
  ['with a negative amount', { ...goodTransaction, amount: -1 }],
  ['with an amount above the limit', { ...goodTransaction, amount: 1e9 + 1 }],
  ['with an amount as text', { ...goodTransaction, amount: '12.5' }],
  ['with null as amount', { ...goodTransaction, amount: null }],
  ['with an unknown currency', { ...goodTransaction, currency: 'XXX' }],
  ['with a currency in lower case', { ...goodTransaction, currency: 'krw' }],
  ['with an unknown category', { ...goodTransaction, merchantCategory: 'weapons' }],
  ['with an unknown country', { ...goodTransaction, country: 'XX' }],
  ['with an empty channel', { ...goodTransaction, channel: '' }],
  ['with an id that is too long', { ...goodTransaction, transactionId: 'x'.repeat(65) }],
  ['with an empty id', { ...goodTransaction, accountId: '' }],
  ['with an id that ends in a new line', { ...goodTransaction, accountId: 'a\n' }],
  ['with a time in another zone', { ...goodTransaction, time: '2026-01-31T12:00:00+09:00' }],
  ['with a time without a zone', { ...goodTransaction, time: '2026-01-31T12:00:00' }],
  ['with a date only', { ...goodTransaction, time: '2026-01-31' }],
  ['with a day that does not exist', { ...goodTransaction, time: '2026-02-30T12:00:00Z' }],
  ['with an hour that does not exist', { ...goodTransaction, time: '2026-01-31T24:00:00Z' }],
  ['with an unknown name', { ...goodTransaction, note: 'x' }],
  ['with the name __proto__', JSON.parse(JSON.stringify(goodTransaction).replace('{', '{"__proto__":{},'))],
  ['that is a list', [goodTransaction]],
  ['that is a text', 'transaction'],
  ['that is null', null],
])('schema and parser agree on a transaction %s', (_, body) => {
  const json: unknown = JSON.parse(JSON.stringify(body));
  expect(schemaOf('Transaction')(json)).toBe(parses(() => transactionFromWire(json)));
});

test.each<[string, unknown]>([
  ['that is valid', { updates: [sample] }],
  [
    'without labels, for a gauge that has none',
    { updates: [{ ...sample, name: 'fraud_model_drift_transactions', labels: undefined, value: 7 }] },
  ],
  ['with an empty list', { updates: [] }],
  [
    'with too many samples',
    { updates: Array.from({ length: 201 }, (_, at) => ({ ...sample, id: `s-${at}` })) },
  ],
  ['without a list', { updates: sample }],
  ['with an unknown gauge', { updates: [{ ...sample, name: 'fraud_model_luck' }] }],
  ['with a value as text', { updates: [{ ...sample, value: '0.5' }] }],
  ['without a time', { updates: [{ ...sample, observedAt: undefined }] }],
  ['with a number as label', { updates: [{ ...sample, labels: { maturity: 7 } }] }],
  ['without the labels of the gauge', { updates: [{ ...sample, labels: undefined }] }],
  ['with an unknown label', { updates: [{ ...sample, labels: { maturity: '7d', country: 'DE' } }] }],
  ['with an unknown value of a label', { updates: [{ ...sample, labels: { maturity: '9d' } }] }],
  ['with a value above the range', { updates: [{ ...sample, value: 1.01 }] }],
  ['with a value below the range', { updates: [{ ...sample, value: -0.01 }] }],
  ['with a value at the end of the range', { updates: [{ ...sample, value: 1 }] }],
  [
    'with labels, for a gauge that has none',
    { updates: [{ ...sample, name: 'fraud_model_drift_transactions', value: 7 }] },
  ],
  ['with an unknown name', { updates: [{ ...sample, note: 'x' }] }],
  ['with an unknown name beside the list', { updates: [sample], note: 'x' }],
  ['that is a list', [sample]],
])('schema and parser agree on a body of metric samples %s', (_, body) => {
  const json: unknown = JSON.parse(JSON.stringify(body));
  expect(schemaOf('MetricSamples')(json)).toBe(parses(() => metricSamplesFromWire(json, nowMs)));
});
