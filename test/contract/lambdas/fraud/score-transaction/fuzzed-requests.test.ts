import { expect, test } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import fc from 'fast-check';
import { scoreTables } from '../../../../../lambdas/fraud/score-transaction/score-tables.ts';
import { scoreTransaction } from '../../../../../lambdas/fraud/score-transaction/score-transaction.ts';
import { shippedScorer } from '../../../../../lambdas/fraud/score-transaction/shipped-model.ts';
import { showHealth } from '../../../../../lambdas/fraud/show-metrics/show-metrics.ts';
import { gaugesTable } from '../../../../../lambdas/fraud/update-metrics/gauges-table.ts';
import { updateMetrics } from '../../../../../lambdas/fraud/update-metrics/update-metrics.ts';
import { readingEndpoint, writingEndpoint } from '../../../../../lambdas/shared/http/endpoint.ts';
import { requestMetrics } from '../../../../../lambdas/shared/http/request-metrics.ts';
import { goodTransaction, hostileBody, hostileUpdates } from '../../../../fixtures/hostile-bodies.ts';
import { runs } from '../../../../fixtures/runs.ts';
import { noContext, proxyEvent } from '../../../../unit/lambdas/shared/http/proxy-event.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();

const { numRuns: count } = runs({ all: 10_000, few: 1_500 });
const { numRuns: samplesCount } = runs({ all: 2_000, few: 300 });
const environments = 4;
const seed = 20_260_131;

const requestWith = (body: fc.Arbitrary<string>): fc.Arbitrary<APIGatewayProxyEvent> =>
  fc
    .record({
      body,
      token: fc.oneof({ weight: 9, arbitrary: fc.constant('right') }, { weight: 1, arbitrary: fc.string() }),
      type: fc.oneof(
        { weight: 19, arbitrary: fc.constant('application/json') },
        {
          weight: 1,
          arbitrary: fc.constantFrom('text/plain', 'application/xml', '', 'application/json-seq'),
        },
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

const accepts = async (token: string) => token === 'right';
const errors: unknown[] = [];
const log = { info: () => {}, error: (...parts: unknown[]) => void errors.push(parts) };

/** Returns all answers. Each environment handles one request at a time, as in Lambda. */
async function answersOf(
  requests: readonly APIGatewayProxyEvent[],
  environment: () => ReturnType<typeof writingEndpoint>,
) {
  const answers: { status: number; body: string }[] = [];
  const next = requests.values();
  await Promise.all(
    Array.from({ length: environments }, async () => {
      const call = environment();
      for (const event of next) {
        const { statusCode, body } = await call(event, noContext);
        answers.push({ status: statusCode, body });
      }
    }),
  );
  return answers;
}

const countOf = (answers: readonly { status: number }[]) =>
  Object.fromEntries(
    [...Map.groupBy(answers, ({ status }) => status)].map(([status, same]) => [status, same.length]),
  );

const countedOf = async (route: string) => {
  const rows = await query<{ status: string; requests: number }>(
    `select labels ->> 'status' as status, sum(value)::int as requests
       from metric_counters where labels ->> 'route' = $1 group by 1`,
    [route],
  );
  return Object.fromEntries(rows.map(({ status, requests }) => [status, requests]));
};

const expectHealthy = async (valid: () => Promise<{ statusCode: number }>) => {
  const database = connect();
  const healthz = readingEndpoint({
    route: '/healthz',
    method: 'GET',
    answer: showHealth(() => database.query('select')),
    record: async () => {},
    log,
  });
  expect(await healthz(proxyEvent({ method: 'GET' }), noContext)).toMatchObject({
    statusCode: 200,
  });
  expect(await valid()).toMatchObject({ statusCode: 200 });
  expect(errors).toEqual([]);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  expect(({} as { amount?: unknown }).amount).toBeUndefined();
};

test(`${count} fuzzed requests are each answered and counted, and only valid transactions are stored and sent`, async () => {
  const requests = fc.sample(requestWith(hostileBody), { numRuns: count, seed });
  const sent: string[] = [];
  const scorer = shippedScorer();
  const environment = () => {
    const database = connect();
    return writingEndpoint({
      route: '/predict',
      method: 'POST',
      accepts,
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

  const answers = await answersOf(requests, environment);
  expect(answers).toHaveLength(count);
  expect(Object.keys(countOf(answers))).toEqual(['200', '400', '401', '403', '409', '413', '415']);
  for (const { status, body: answer } of answers)
    expect(JSON.parse(answer)).toEqual(
      status === 200 ? expect.objectContaining({ score: expect.any(Number) }) : { error: expect.any(String) },
    );
  expect(await countedOf('/predict')).toEqual(countOf(answers));
  const [timed] = await query('select sum(count)::int as requests from metric_histograms');
  expect(timed).toEqual({ requests: count });

  const ids = new Set(
    answers.filter(({ status }) => status === 200).map(({ body: each }) => JSON.parse(each).transactionId),
  );
  expect(sent.map((record) => JSON.parse(record).transaction.transactionId).sort()).toEqual([...ids].sort());
  const [kept] = await query('select count(*)::int as ids from scored_requests where sent_at is not null');
  expect(kept).toEqual({ ids: ids.size });
  const valid = proxyEvent({
    token: 'right',
    body: JSON.stringify({ ...goodTransaction, transactionId: 'after' }),
  });
  await expectHealthy(() => environment()(valid, noContext));
});

test(`${samplesCount} fuzzed bodies of metric samples are each counted, and only valid ones change a gauge`, async () => {
  const requests = fc.sample(requestWith(hostileUpdates), { numRuns: samplesCount, seed });
  const environment = () => {
    const database = connect('metrics');
    return writingEndpoint({
      route: '/update_metrics',
      method: 'POST',
      accepts,
      maxBodyBytes: 64 * 1024,
      answer: updateMetrics({ setGauges: gaugesTable(database.query), now: Date.now }),
      record: requestMetrics({ query: database.query, log }),
      log,
    });
  };

  const answers = await answersOf(requests, environment);
  expect(answers).toHaveLength(samplesCount);
  expect(Object.keys(countOf(answers))).toEqual(['200', '400', '401', '403', '415']);
  expect(await countedOf('/update_metrics')).toEqual(countOf(answers));
  const taken = answers.filter(({ status }) => status === 200).map(({ body }) => JSON.parse(body).taken);
  const [kept] = await query('select count(*)::int as ids from metric_updates');
  expect(kept).toEqual({ ids: taken.reduce((sum, each) => sum + each, 0) });
  const gauges = await query<{ name: string; value: number }>('select name, value from metric_gauges');
  expect(new Set(gauges.map(({ name }) => name))).toEqual(new Set(['fraud_model_recall']));
  for (const { value } of gauges) expect(value >= 0 && value <= 1).toBe(true);
  const sample = { id: 'after', name: 'fraud_model_recall', labels: { maturity: '7d' }, value: 0.5 };
  const body = JSON.stringify({ updates: [{ ...sample, observedAt: new Date().toISOString() }] });
  await expectHealthy(() => environment()(proxyEvent({ token: 'right', body }), noContext));
});
