import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { readApiToken } from '../../localstack/run/api-token.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { readTopic } from '../e2e/chaos/topic-reader.ts';
import { goodTransaction, hostileBody } from '../fixtures/hostile-bodies.ts';
import { parseOfficially } from '../fixtures/official-prometheus-parser.ts';
import { openApiSchemas } from '../fixtures/openapi-schemas.ts';
import { parsePrometheusText } from '../unit/lambdas/fraud/show-metrics/parse-prometheus-text.ts';
import { aTransaction, callsTo } from './api-calls.ts';
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

const call = callsTo(() => platform.endpoints.apiUrl);
const predict = (body: unknown) => call('POST', 'predict', { token: tokens.predict, body });

test.each([
  ['predict', 'GET', 'POST'],
  ['predict', 'DELETE', 'POST'],
  ['update_metrics', 'PUT', 'POST'],
  ['metrics', 'POST', 'GET'],
  ['metrics/cloudwatch', 'POST', 'GET'],
  ['healthz', 'PATCH', 'GET'],
  ['openapi.json', 'POST', 'GET'],
] as const)('/%s answers %s with 405 and the method that it has', async (path, method, allowed) => {
  const { status, headers, text } = await call(method, path);
  expect([status, headers.get('allow'), text]).toEqual([
    405,
    allowed,
    `{"error":"${method} is not allowed here: use ${allowed}"}`,
  ]);
});

const scoredRequest = (transactionId: string) =>
  platform.rows<{ record: string | null; sent_at: Date }>(
    'select record, sent_at from scored_requests where transaction_id = $1',
    [transactionId],
  );

const endpoints = [
  ['POST', 'predict', 'predict', {}],
  ['POST', 'update_metrics', 'update-metrics', {}],
  ['GET', 'metrics', 'metrics', undefined],
] as const;

describe.each(endpoints)('authorization of %s /%s', (method, path, own, body) => {
  test(`${method} /${path} without a token answers 401 without a reason`, async () => {
    const { status, text } = await call(method, path, { body });
    expect({ status, text }).toEqual({ status: 401, text: '{"error":"Unauthorized"}' });
  });

  test(`${method} /${path} with a wrong token, or another endpoint's token, answers 403`, async () => {
    const others = Object.entries(tokens).filter(([name]) => name !== own);
    for (const token of ['wrong', ...others.map(([, each]) => each)]) {
      const { status, text } = await call(method, path, { token, body });
      expect({ status, text }).toEqual({ status: 403, text: '{"error":"Forbidden"}' });
    }
  });

  test(`${method} /${path} accepts its own token`, async () => {
    const { status } = await call(method, path, { token: tokens[own], body });
    expect(status).toBe(method === 'GET' ? 200 : 400);
  });
});

test('GET /healthz and GET /openapi.json need no token', async () => {
  expect(await call('GET', 'healthz')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  const { status, text } = await call('GET', 'openapi.json');
  expect(status).toBe(200);
  expect(Object.keys(JSON.parse(text).paths)).toContain('/predict');
});

test('answers of the API match their OpenAPI schemas', async () => {
  const { text } = await call('GET', 'openapi.json');
  const schemaOf = openApiSchemas(JSON.parse(text));
  const answers = [
    ['Score', await predict(aTransaction())],
    ['Score', await predict(aTransaction({ amount: 9_999, channel: 'online', country: 'NG' }))],
    ['Refusal', await predict(aTransaction({ amount: 0 }))],
    ['Refusal', await call('POST', 'predict', { body: {} })],
    ['Health', await call('GET', 'healthz')],
  ] as const;
  for (const [schema, answer] of answers) {
    const validate = schemaOf(schema);
    expect([validate(JSON.parse(answer.text)), validate.errors]).toEqual([true, null]);
  }
});

test('a transaction is scored, stored and sent before the answer, and a repeat changes nothing', async () => {
  const body = aTransaction();
  const answer = await predict(body);
  expect(answer.status).toBe(200);
  const { score, fraud, modelVersion, reasons } = JSON.parse(answer.text);
  expect(score).toBeGreaterThanOrEqual(0);
  expect(score).toBeLessThanOrEqual(1);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');

  expect((await predict(body)).text).toBe(answer.text);
  expect((await predict({ ...body, amount: 13 })).status).toBe(409);
  const records = [...(await readTopic(platform.endpoints, topics.transactions.name)).values()].flat();
  const sent = records.filter(({ key }) => String(key) === body.accountId);
  expect(sent.map(({ value }) => JSON.parse(String(value)))).toEqual([
    expect.objectContaining({
      transaction: { ...body, time: '2026-01-31T12:00:00.000Z' },
      score,
      fraud,
      modelVersion,
    }),
  ]);
  expect(Array.isArray(reasons)).toBe(true);
  expect(await scoredRequest(body.transactionId)).toEqual([{ record: null, sent_at: expect.any(Date) }]);
});

test.each([
  ['is not JSON', 'amount=1', 400, 'no JSON'],
  ['is too large', `"${'x'.repeat(5_000)}"`, 413, '4096'],
  [
    'has a number that is too large',
    JSON.stringify(aTransaction({ transactionId: 'huge' })).replace('12.5', '1e999'),
    400,
    'amount',
  ],
  ['has a number as text', aTransaction({ transactionId: 'text', amount: '12' }), 400, 'amount'],
  [
    'reaches for the prototype',
    `{"__proto__":{"a":1},${JSON.stringify(aTransaction({ transactionId: 'proto' })).slice(1)}`,
    400,
    '__proto__',
  ],
  ['is nested a thousand times', `${'['.repeat(1_000)}${']'.repeat(1_000)}`, 400, 'transaction'],
])('POST /predict refuses a body that %s, and stores nothing', async (_, body, status, reason) => {
  const answer = await predict(body);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text).error).toContain(reason);
  expect(
    await platform.rows("select from scored_requests where transaction_id in ('huge', 'text', 'proto')"),
  ).toEqual([]);
});

test('GET /metrics shows refused requests and a gauge that was set', async () => {
  const requests = async () => {
    const { text } = await call('GET', 'metrics', { token: tokens.metrics });
    const families = parsePrometheusText(text);
    expect(parseOfficially(text)).toHaveLength(families.size);
    const samples = families.get('http_requests_total')?.samples ?? [];
    const refused = samples.find(({ labels }) => labels.route === '/predict' && labels.status === '403');
    return { refused: refused?.value ?? 0, recall: families.get('fraud_model_recall')?.samples };
  };
  const before = await requests();
  for (let i = 0; i < 3; i++) await call('POST', 'predict', { token: 'wrong', body: {} });
  const updates = [
    {
      id: randomUUID(),
      name: 'fraud_model_recall',
      labels: { maturity: '7d' },
      value: 0.75,
      observedAt: new Date().toISOString(),
    },
  ];
  const set = await call('POST', 'update_metrics', { token: tokens['update-metrics'], body: { updates } });
  expect(set).toMatchObject({ status: 200, text: '{"taken":1,"changed":1}' });
  const after = await requests();
  expect(after.refused).toBe(before.refused + 3);
  expect(after.recall).toContainEqual({
    name: 'fraud_model_recall',
    labels: { maturity: '7d' },
    value: 0.75,
  });
});

test('POST /predict answers and counts hostile requests, and stores and sends only transactions', async () => {
  // Other tests may call concurrently, but not with these ids, and not with invalid bodies.
  const run = randomUUID().slice(0, 8);
  const bodies = fc
    .sample(hostileBody, { numRuns: 300, seed: 20_261_128 })
    .map((body) => body.replace(/"transactionId":"([a-e]{1,4})"/, `"transactionId":"${run}-$1"`));
  const refused = async () => {
    const { text } = await call('GET', 'metrics', { token: tokens.metrics });
    const samples = parsePrometheusText(text).get('http_requests_total')?.samples ?? [];
    return new Map(
      samples
        .filter(({ labels }) => labels.route === '/predict' && labels.status?.startsWith('4'))
        .map(({ labels, value }) => [Number(labels.status), value]),
    );
  };
  const before = await refused();
  const answers: { status: number; text: string }[] = [];
  const next = bodies.values();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (const body of next) answers.push(await predict(body));
    }),
  );
  const answered = Map.groupBy(answers, ({ status }) => status);
  expect([...answered.keys()].every((status) => [200, 400, 409, 413].includes(status))).toBe(true);
  const after = await refused();
  for (const [status, same] of answered)
    if (status !== 200)
      expect([status, (after.get(status) ?? 0) - (before.get(status) ?? 0)]).toEqual([status, same.length]);

  const scored = new Set(
    (answered.get(200) ?? []).map(({ text }) => JSON.parse(text).transactionId as string),
  );
  expect(scored.size).toBeGreaterThan(20);
  const records = [...(await readTopic(platform.endpoints, topics.transactions.name)).values()].flat();
  const sent = records
    .map(({ value }) => /"transactionId":"([^"]+)"/.exec(String(value))?.[1] ?? 'malformed by another test')
    .filter((id) => scored.has(id));
  expect(sent.toSorted()).toEqual([...scored].toSorted());
  const ids = await platform.rows<{ id: string }>(
    "select transaction_id as id from scored_requests where sent_at is not null and transaction_id like $1 || '-%'",
    [run],
  );
  const ours = [...scored].filter((id) => id.startsWith(run));
  expect(ids.map(({ id }) => id).toSorted()).toEqual(ours.toSorted());
  expect((await call('GET', 'healthz')).status).toBe(200);
  expect(
    (await predict({ ...goodTransaction, transactionId: randomUUID(), accountId: randomUUID() })).status,
  ).toBe(200);
});

test('a rotated token is accepted within seconds, and the previous token stays valid', async () => {
  const { metrics: old } = tokens;
  await platform.rotate('isobar/local/tokens/metrics', 'another-token');
  await waitFor(
    'the new token to be accepted',
    async () => (await call('GET', 'metrics', { token: 'another-token' })).status === 200,
    { deadlineMs: 30_000, everyMs: 1_000 },
  );
  expect((await call('GET', 'metrics', { token: old })).status).toBe(200);
  tokens.metrics = 'another-token';
});
