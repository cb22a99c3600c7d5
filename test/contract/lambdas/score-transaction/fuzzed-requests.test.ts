import { expect, test } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import fc from 'fast-check';
import { scoreTables } from '../../../../lambdas/score-transaction/score-tables.ts';
import { scoreTransaction } from '../../../../lambdas/score-transaction/score-transaction.ts';
import { shippedScorer } from '../../../../lambdas/score-transaction/shipped-model.ts';
import { writingEndpoint } from '../../../../lambdas/shared/http/endpoint.ts';
import { requestMetrics } from '../../../../lambdas/shared/http/request-metrics.ts';
import { noContext, proxyEvent } from '../../../unit/lambdas/shared/http/proxy-event.ts';
import { testDatabase } from '../test-database.ts';

const { connect, query } = testDatabase();

const count = 10_000;
const environments = 4;
const seed = 20_260_131;

const transaction = {
  transactionId: 't',
  accountId: 'a',
  amount: 12.5,
  currency: 'KRW',
  merchantCategory: 'groceries',
  country: 'KR',
  channel: 'pos',
  time: '2026-01-31T12:00:00Z',
};
const fields = Object.keys(transaction);

const id = fc.stringMatching(/^[a-e]{1,4}$/);
const hostile = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(null, 1e308, -0, 1e-320, 2 ** 53, '', ' ', '\u0000', '﻿', '__proto__', 'constructor', '1e3'),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.integer({ min: 1, max: 3_000 }).map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`),
);
/** A transaction, often with nothing wrong, and else with a field that is something else, missing, or too many. */
const body = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ transactionId: id, accountId: id }).map((ids) => ({ ...transaction, ...ids })),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...fields), hostile)
      .map(([field, value]) => ({ ...transaction, [field]: value })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...fields).map((field) => ({ ...transaction, [field]: undefined })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.string(), hostile).map(([name, value]) => ({ ...transaction, [name]: value })),
  },
  { weight: 1, arbitrary: hostile },
);
const text = fc.oneof(
  { weight: 12, arbitrary: body.map((value) => JSON.stringify(value) ?? '') },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        '"__proto__":{"amount":1}',
        '"constructor":{"prototype":{"polluted":1}}',
        '"amount":1e999',
        '"amount":1',
        '"amount":NaN',
      )
      .map((member) => JSON.stringify(transaction).replace('{', `{${member},`)),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 4_000, max: 9_000 }).map((length) => JSON.stringify('x'.repeat(length))),
  },
);
const request: fc.Arbitrary<APIGatewayProxyEvent> = fc
  .record({
    body: text,
    token: fc.oneof({ weight: 9, arbitrary: fc.constant('right') }, { weight: 1, arbitrary: fc.string() }),
    type: fc.oneof(
      { weight: 19, arbitrary: fc.constant('application/json') },
      { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/xml', '', 'application/json-seq') },
    ),
    isBase64Encoded: fc.oneof(
      { weight: 9, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
  })
  .map(({ type, isBase64Encoded, ...given }) => ({
    ...proxyEvent({ ...given, headers: { 'Content-Type': type } }),
    isBase64Encoded,
  }));

test(`${count} fuzzed requests are each answered and counted, and only transactions are kept and sent`, async () => {
  const requests = fc.sample(request, { numRuns: count, seed });
  const sent: string[] = [];
  const errors: unknown[] = [];
  const log = { info: () => {}, error: (...parts: unknown[]) => void errors.push(parts) };
  const scorer = shippedScorer();
  const environment = () => {
    const database = connect();
    return writingEndpoint({
      route: '/predict',
      method: 'POST',
      accepts: async (token) => token === 'right',
      maxBodyBytes: 4 * 1024,
      answer: scoreTransaction({
        ...scoreTables(database),
        send: async ({ value }) => void sent.push(value),
        scorer: async () => scorer,
        now: Date.now,
      }),
      record: requestMetrics({ query: database.query, log }),
      log,
    });
  };

  const answers: { status: number; body: string }[] = [];
  const next = requests.values();
  await Promise.all(
    Array.from({ length: environments }, async () => {
      const call = environment();
      // Each takes one request at a time, as Lambda gives them.
      for (const event of next) {
        const { statusCode, body: answer } = await call(event, noContext);
        answers.push({ status: statusCode, body: answer });
      }
    }),
  );

  const answered = Object.fromEntries(
    [...Map.groupBy(answers, ({ status }) => status)].map(([status, same]) => [status, same.length]),
  );
  expect(answers).toHaveLength(count);
  expect(Object.keys(answered)).toEqual(['200', '400', '401', '403', '409', '413', '415']);
  expect(errors).toEqual([]);
  for (const { status, body: answer } of answers)
    expect(JSON.parse(answer)).toEqual(
      status === 200 ? expect.objectContaining({ score: expect.any(Number) }) : { error: expect.any(String) },
    );

  const counted = await query<{ status: string; requests: number }>(
    `select labels ->> 'status' as status, sum(value)::int as requests from metric_counters group by 1`,
  );
  expect(Object.fromEntries(counted.map(({ status, requests: each }) => [status, each]))).toEqual(answered);
  const [timed] = await query('select sum(count)::int as requests from metric_histograms');
  expect(timed).toEqual({ requests: count });

  const ids = new Set(
    answers.filter(({ status }) => status === 200).map(({ body: each }) => JSON.parse(each).transactionId),
  );
  expect(sent.map((record) => JSON.parse(record).transaction.transactionId).sort()).toEqual([...ids].sort());
  const [kept] = await query('select count(*)::int as ids from scored_requests where sent_at is not null');
  expect(kept).toEqual({ ids: ids.size });
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  expect(({} as { amount?: unknown }).amount).toBeUndefined();
});
