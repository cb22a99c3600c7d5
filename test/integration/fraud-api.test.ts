import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import shipped from '../../lambdas/score-transaction/shipped-model/model.json' with { type: 'json' };
import reference from '../../lambdas/score-transaction/shipped-model/reference.json' with { type: 'json' };
import { counters } from '../../lambdas/shared/metrics.ts';
import { topics } from '../../lambdas/shared/topics.ts';
import { readApiToken } from '../../localstack/api-token.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { readTopic } from '../e2e/chaos/topic-reader.ts';
import { parsePrometheusText } from '../unit/lambdas/show-metrics/parse-prometheus-text.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

let platform: ReturnType<typeof openDeployedPlatform>;
let tokens: Record<'predict' | 'update-metrics' | 'metrics', string>;
beforeAll(async () => {
  platform = openDeployedPlatform();
  const { endpoints } = platform;
  tokens = {
    predict: await readApiToken(endpoints, 'predict'),
    'update-metrics': await readApiToken(endpoints, 'update-metrics'),
    metrics: await readApiToken(endpoints, 'metrics'),
  };
});
afterAll(() => platform.close());

async function call(method: 'GET' | 'POST', path: string, token?: string, body?: unknown) {
  const response = await fetch(new URL(path, platform.endpoints.apiUrl), {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const predict = (body: unknown) => call('POST', 'predict', tokens.predict, body);

const transaction = (change: object = {}) => ({
  transactionId: randomUUID(),
  accountId: `api-${randomUUID()}`,
  amount: 12.5,
  currency: 'KRW',
  merchantCategory: 'groceries',
  country: 'KR',
  channel: 'pos',
  time: '2026-01-31T12:00:00Z',
  ...change,
});

const kept = (transactionId: string) =>
  platform.rows<{ record: string | null; sent_at: Date }>(
    'select record, sent_at from scored_requests where transaction_id = $1',
    [transactionId],
  );

const endpoints = [
  ['POST', 'predict', 'predict', {}],
  ['POST', 'update_metrics', 'update-metrics', {}],
  ['GET', 'metrics', 'metrics', undefined],
] as const;

describe.each(endpoints)('%s /%s', (method, path, own, body) => {
  test('without a token is 401, without a word why', async () => {
    const { status, text } = await call(method, path, undefined, body);
    expect({ status, text }).toEqual({ status: 401, text: '{"error":"Unauthorized"}' });
  });

  test('with a wrong token, or that of another endpoint, is 403', async () => {
    const others = Object.entries(tokens).filter(([name]) => name !== own);
    for (const token of ['wrong', ...others.map(([, each]) => each)]) {
      const { status, text } = await call(method, path, token, body);
      expect({ status, text }).toEqual({ status: 403, text: '{"error":"Forbidden"}' });
    }
  });

  test('opens with its own', async () => {
    const { status } = await call(method, path, tokens[own], body);
    expect(status).toBe(method === 'GET' ? 200 : 400);
  });
});

test('health and the description of the API are open to all', async () => {
  expect(await call('GET', 'healthz')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  const { status, text } = await call('GET', 'openapi.json');
  expect(status).toBe(200);
  expect(Object.keys(JSON.parse(text).paths)).toContain('/predict');
});

test('a transaction is scored, kept, and on its topic when the answer comes; a repeat changes nothing', async () => {
  const body = transaction();
  const answer = await predict(body);
  expect(answer.status).toBe(200);
  const { score, fraud, modelVersion, reasons } = JSON.parse(answer.text);
  expect(score).toBeGreaterThanOrEqual(0);
  expect(score).toBeLessThanOrEqual(1);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');

  expect((await predict(body)).text).toBe(answer.text);
  expect((await predict({ ...body, amount: 13 })).status).toBe(409);
  const records = [...(await readTopic(platform.endpoints, topics.transactions.name)).values()].flat();
  const told = records.filter(({ key }) => String(key) === body.accountId);
  expect(told.map(({ value }) => JSON.parse(String(value)))).toEqual([
    expect.objectContaining({
      transaction: { ...body, time: '2026-01-31T12:00:00.000Z' },
      score,
      fraud,
      modelVersion,
    }),
  ]);
  expect(Array.isArray(reasons)).toBe(true);
  expect(await kept(body.transactionId)).toEqual([{ record: null, sent_at: expect.any(Date) }]);
});

test.each([
  ['is no JSON', 'amount=1', 400, 'no JSON'],
  ['is too large', `"${'x'.repeat(5_000)}"`, 413, '4096'],
  [
    'has a number that is too large',
    JSON.stringify(transaction({ transactionId: 'huge' })).replace('12.5', '1e999'),
    400,
    'amount',
  ],
  ['has a number as text', transaction({ transactionId: 'text', amount: '12' }), 400, 'amount'],
  [
    'reaches for the prototype',
    `{"__proto__":{"a":1},${JSON.stringify(transaction({ transactionId: 'proto' })).slice(1)}`,
    400,
    '__proto__',
  ],
  ['is nested a thousand times', `${'['.repeat(1_000)}${']'.repeat(1_000)}`, 400, 'transaction'],
])('a body that %s is refused, and leaves nothing', async (_, body, status, told) => {
  const answer = await predict(body);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text).error).toContain(told);
  expect(
    await platform.rows("select from scored_requests where transaction_id in ('huge', 'text', 'proto')"),
  ).toEqual([]);
});

test('what was asked, and what was set, is what the metrics show', async () => {
  const requests = async () => {
    const { text } = await call('GET', 'metrics', tokens.metrics);
    const families = parsePrometheusText(text);
    const samples = families.get('http_requests_total')?.samples ?? [];
    const refused = samples.find(({ labels }) => labels.route === '/predict' && labels.status === '403');
    return { refused: refused?.value ?? 0, recall: families.get('fraud_model_recall')?.samples };
  };
  const before = await requests();
  for (let i = 0; i < 3; i++) await call('POST', 'predict', 'wrong', {});
  const updates = [
    {
      id: randomUUID(),
      name: 'fraud_model_recall',
      labels: { maturity: '7d' },
      value: 0.75,
      observedAt: new Date().toISOString(),
    },
  ];
  const set = await call('POST', 'update_metrics', tokens['update-metrics'], { updates });
  expect(set).toMatchObject({ status: 200, text: '{"taken":1,"changed":1}' });
  const after = await requests();
  expect(after.refused).toBe(before.refused + 3);
  expect(after.recall).toContainEqual({
    name: 'fraud_model_recall',
    labels: { maturity: '7d' },
    value: 0.75,
  });
});

test('a token that was rotated opens within seconds, and the one before still does', async () => {
  const { metrics: old } = tokens;
  await platform.rotate('isobar/local/tokens/metrics', 'another-token');
  await waitFor(
    'the new token to open',
    async () => (await call('GET', 'metrics', 'another-token')).status === 200,
    { deadlineMs: 30_000, everyMs: 1_000 },
  );
  expect((await call('GET', 'metrics', old)).status).toBe(200);
  tokens.metrics = 'another-token';
});

test('a broken model is refused and counted, and the next good one serves within a minute', async () => {
  const { text } = await predict(transaction());
  const { modelVersion: before } = JSON.parse(text);
  const refusals = async () => {
    const [row] = await platform.rows<{ value: string }>(
      'select value from metric_counters where name = $1',
      [counters.fraudModelRefusals.name],
    );
    return Number(row?.value ?? 0);
  };
  const version = async () => JSON.parse((await predict(transaction())).text).modelVersion as string;
  const promote = (name: string) => platform.put('models/fraud/current', JSON.stringify({ version: name }));
  const seen = { deadlineMs: 60_000, everyMs: 1_000 };

  const refusedBefore = await refusals();
  await platform.put('models/fraud/broken/model.json', '{"format":1}');
  await promote('broken');
  await waitFor(
    'the broken model to be refused',
    async () => {
      expect(await version()).toBe(before);
      return (await refusals()) > refusedBefore;
    },
    seen,
  );

  await platform.put('models/fraud/same/reference.json', JSON.stringify({ ...reference, version: 'same' }));
  await platform.put('models/fraud/same/model.json', JSON.stringify({ ...shipped, version: 'same' }));
  await promote('same');
  await waitFor('the good model to serve', async () => (await version()) === 'same', seen);
});
