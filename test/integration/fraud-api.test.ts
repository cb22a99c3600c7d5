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
    const { status, text } = await call(method, path, { body });
    expect({ status, text }).toEqual({ status: 401, text: '{"error":"Unauthorized"}' });
  });

  test('with a wrong token, or that of another endpoint, is 403', async () => {
    const others = Object.entries(tokens).filter(([name]) => name !== own);
    for (const token of ['wrong', ...others.map(([, each]) => each)]) {
      const { status, text } = await call(method, path, { token, body });
      expect({ status, text }).toEqual({ status: 403, text: '{"error":"Forbidden"}' });
    }
  });

  test('opens with its own', async () => {
    const { status } = await call(method, path, { token: tokens[own], body });
    expect(status).toBe(method === 'GET' ? 200 : 400);
  });
});

test('health and the description of the API are open to all', async () => {
  expect(await call('GET', 'healthz')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  const { status, text } = await call('GET', 'openapi.json');
  expect(status).toBe(200);
  expect(Object.keys(JSON.parse(text).paths)).toContain('/predict');
});

test('answers are as the description says', async () => {
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

test('a transaction is scored, kept, and on its topic when the answer comes; a repeat changes nothing', async () => {
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

test('of hundreds of hostile requests each is answered and counted, and only transactions are kept and on the topic', async () => {
  // Others may ask at the same time, but nobody else under these ids, nor with anything wrong.
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
  const told = records
    .map(({ value }) => /"transactionId":"([^"]+)"/.exec(String(value))?.[1] ?? 'malformed by another test')
    .filter((id) => scored.has(id));
  expect(told.toSorted()).toEqual([...scored].toSorted());
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

test('a token that was rotated opens within seconds, and the one before still does', async () => {
  const { metrics: old } = tokens;
  await platform.rotate('isobar/local/tokens/metrics', 'another-token');
  await waitFor(
    'the new token to open',
    async () => (await call('GET', 'metrics', { token: 'another-token' })).status === 200,
    { deadlineMs: 30_000, everyMs: 1_000 },
  );
  expect((await call('GET', 'metrics', { token: old })).status).toBe(200);
  tokens.metrics = 'another-token';
});
