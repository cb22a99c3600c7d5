import { randomUUID } from 'node:crypto';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { populationStabilityIndex } from '../../lambdas/fraud/measure-drift/distances.ts';
import { encodeMetricSamples } from '../../lambdas/fraud/shared/metric-sample.ts';
import { pointerTo } from '../../lambdas/fraud/shared/model-version.ts';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { encodeScoredTransaction } from '../../lambdas/shared/wire/scored-transaction.ts';
import { localAccount } from '../../localstack/platform/local-account.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

let platform: ReturnType<typeof openDeployedPlatform>;
beforeAll(() => {
  platform = openDeployedPlatform();
});
afterAll(() => platform.close());

const seen = { deadlineMs: 45_000, everyMs: 500 };
const batchSize = 240;

/** One in four transactions has the channel `pos`; in the training reference it is one in two. */
const scored = (modelVersion: string, place: number) =>
  encodeScoredTransaction({
    transaction: {
      transactionId: randomUUID(),
      accountId: `monitor-${place % 20}`,
      amount: 12,
      currency: 'KRW',
      merchantCategory: 'fuel',
      country: 'KR',
      channel: 'online',
      timeMs: Date.UTC(2026, 0, 1),
    },
    features: { channel: place % 4 === 0 ? 'pos' : 'online' },
    score: 0.1,
    fraud: place % 10 === 0,
    rule: null,
    modelVersion,
    scoredAtMs: Date.now(),
  });

test('each scored transaction is stored and counted once, and the drift gauges follow', async () => {
  const version = `monitor-${randomUUID()}`;
  const channel = { kind: 'category', categories: ['pos', 'online'], counts: [500, 500, 0], missing: 0 };
  await platform.put(
    `models/fraud/${version}/reference.json`,
    JSON.stringify({ version, features: { channel } }),
  );
  const marker = `no transaction ${randomUUID()}`;
  const stored = async () => {
    const [row] = await platform.rows<{ stored: number; counted: number }>(
      `select (select count(*) from predictions where model_version = $1)::int as stored,
              (select sum(missing + (select sum(count) from unnest(counts) as count))
                 from feature_histograms where model_version = $1)::int as counted`,
      [version],
    );
    return row;
  };
  let sent = 0;
  // Drift is measured for the model that scored last, and other tests may score concurrently.
  await waitFor(
    'the gauges to show the drift of this model',
    async () => {
      const messages = Array.from({ length: batchSize }, (_, place) => {
        return { key: `monitor-${place % 20}`, value: scored(version, place) };
      });
      // A client's retries, on the same partition and on others.
      const again = messages.slice(0, 30).map(({ value }, place) => ({ value, partition: place % 10 }));
      await platform.send(topics.transactions.name, [...messages, ...again, { value: marker, partition: 0 }]);
      sent += batchSize;
      await waitFor('the transactions to be stored', async () => (await stored())?.stored === sent, seen);
      expect(await platform.invoke('measure-drift')).toBeUndefined();
      const expected = populationStabilityIndex([500, 500], [batchSize / 4, (batchSize * 3) / 4]);
      const isShown = async () => {
        const [gauge] = await platform.rows<{ value: number }>(
          `select value from metric_gauges where name = 'fraud_model_feature_psi' and labels = '{"feature": "channel"}'`,
        );
        return gauge !== undefined && Math.abs(gauge.value - expected) < 1e-9;
      };
      return waitFor('the gauge', isShown, { deadlineMs: 10_000, everyMs: 250 }).catch(() => false);
    },
    { deadlineMs: 90_000, everyMs: 100 },
  );
  expect(await stored()).toEqual({ stored: sent, counted: sent });

  const rejected = () =>
    platform.rows<{ error_type: string; error_message: string }>(
      'select error_type, error_message from error_weather_data where raw_row = $1',
      [marker],
    );
  await waitFor(
    'the malformed transaction to be among the errors',
    async () => (await rejected()).length > 0,
    seen,
  );
  expect((await rejected())[0]).toEqual({
    error_type: 'MALFORMED_MESSAGE',
    error_message: expect.stringMatching(/^transactions, partition 0, offset \d+: found no JSON/),
  });
}, 180_000);

/** Fraud if, and only if, the channel is `pos`. */
const challengerModel = (version: string) =>
  JSON.stringify({
    format: 1,
    version,
    link: 'logistic: probability = 1 / (1 + exp(-2 * margin))',
    threshold: 0.5,
    features: [{ name: 'channel', kind: 'category', impute: null, categories: ['pos', 'online'] }],
    trees: [
      {
        weight: 1,
        feature: [0, -1, -1],
        threshold: [0, 0, 0],
        categories: [[0], null, null],
        left: [1, -1, -1],
        right: [2, -1, -1],
        value: [0, 2, -2],
      },
    ],
  });

test('a challenger of the lake scores each live transaction beside the model in use', async () => {
  const [champion, challenger] = [randomUUID(), randomUUID()].map((id) => `shadow-${id}`) as [string, string];
  await platform.put(`models/fraud/${challenger}/model.json`, challengerModel(challenger));
  const shadowed = () =>
    platform.rows<{ pos: boolean; fraud: boolean; count: number }>(
      `select features ->> 'channel' = 'pos' as pos, challenger_fraud as fraud, count(*)::int
         from predictions where model_version = $1 and challenger_version = $2 group by 1, 2 order by 1`,
      [champion, challenger],
    );
  const letGo = await platform.holdFraudModels();
  try {
    await platform.put('models/fraud/challenger', pointerTo(challenger));
    // The monitor looks for a challenger every 20 seconds.
    await waitFor(
      'transactions with the score of the challenger',
      async () => {
        const messages = [0, 1, 2, 3].map((place) => ({ key: 'shadow', value: scored(champion, place) }));
        await platform.send(topics.transactions.name, messages);
        return (await shadowed()).length > 0;
      },
      { ...seen, everyMs: 2_000 },
    );
  } finally {
    await letGo();
  }
  const [online, pos] = await shadowed();
  expect([online, pos]).toMatchObject([
    { pos: false, fraud: false },
    { pos: true, fraud: true },
  ]);
  expect(online?.count).toBe(3 * (pos?.count ?? 0));
}, 800_000);

test('a metric sample that the API cannot store stays on the queue, and is stored once later', async () => {
  const id = `test:${randomUUID()}`;
  const sqs = new SQSClient(localAccount(platform.endpoints));
  const holder = new pg.Client({ connectionString: platform.endpoints.postgresUrl });
  await holder.connect();
  try {
    // This transaction holds the lock of the sample's id, so the API's statement waits and its caller times
    // out.
    await holder.query('begin');
    await holder.query('insert into metric_updates (id) values ($1)', [id]);
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'isobar-local-metric-samples' }));
    const sample = { name: 'fraud_model_feature_psi', labels: { feature: 'currency' }, value: 0.125 };
    const body = encodeMetricSamples([{ id, ...sample, observedAtMs: Date.now() }]);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));

    const waiting = async () => {
      const [row] = await platform.rows<{ count: number }>(
        `select count(*)::int from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and query like '%metric_updates%'`,
      );
      return row?.count ?? 0;
    };
    await waitFor('a second delivery', async () => (await waiting()) >= 2, { ...seen, everyMs: 100 });
    await holder.query('rollback');

    const stored = () => platform.rows('select id from metric_updates where id = $1', [id]);
    await waitFor('the sample to be stored', async () => (await stored()).length === 1, seen);
  } finally {
    await holder.end();
    sqs.destroy();
  }
});
