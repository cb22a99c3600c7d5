import { expect, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import { insertErrors } from '../../../../lambdas/errors/record-errors/errors-table.ts';
import { recordFailedBatches } from '../../../../lambdas/errors/record-failed-batches/record-failed-batches.ts';
import { addCounts } from '../../../../lambdas/fraud/monitor-transactions/counts-tables.ts';
import { monitorTransactions } from '../../../../lambdas/fraud/monitor-transactions/monitor-transactions.ts';
import { insertNewPredictions } from '../../../../lambdas/fraud/monitor-transactions/predictions-table.ts';
import { consume } from '../../../../lambdas/shared/exactly-once/consume.ts';
import { fileNames } from '../../../../lambdas/shared/incoming/ingested-files-table.ts';
import type { KafkaEvent } from '../../../../lambdas/shared/kafka/kafka-event.ts';
import { type KafkaProducer, partitionOf } from '../../../../lambdas/shared/kafka/kafka-producer.ts';
import { topics } from '../../../../lambdas/shared/kafka/topics.ts';
import { plausible } from '../../../../lambdas/shared/wire/limits.ts';
import {
  encodeScoredTransaction,
  type ScoredTransaction,
} from '../../../../lambdas/shared/wire/scored-transaction.ts';
import { errorsTable } from '../../../../localstack/errors/errors-table.ts';
import { redrive } from '../../../../localstack/errors/redrive.ts';
import { kafkaEvent } from '../../../fixtures/kafka-events.ts';
import {
  bucketMs,
  challenger,
  eventOf,
  readOutcome,
  referenceOutcome,
  references,
} from '../../lambdas/fraud/monitor-transactions/monitored-transactions.ts';
import { testDatabase } from '../../lambdas/test-database.ts';

const { connect, query } = testDatabase({ as: 'weather' });
const redriveFiles = async () => ({ settled: [], asked: [], invalid: [] });
const log = { info() {}, error() {} };

const scored = (id: number): ScoredTransaction => ({
  transaction: {
    transactionId: `t-${id}`,
    accountId: `a-${id}`,
    amount: 9.5,
    currency: 'EUR',
    merchantCategory: 'travel',
    country: 'KR',
    channel: 'pos',
    timeMs: Date.UTC(2026, 2, 1),
  },
  features: { amount_log: 1.5, channel: 'pos' },
  score: 0.9,
  fraud: true,
  rule: null,
  modelVersion: 'v1',
  scoredAtMs: Date.UTC(2026, 2, 1),
});

/** Stores the records of a discarded batch, as the notification of its file does. */
async function discardBatch(event: KafkaEvent): Promise<void> {
  const batch = {
    requestContext: {
      functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:isobar-prod-monitor-transactions',
      condition: 'RetryAttemptsExhausted',
    },
    timestamp: '2026-03-08T00:00:00.000Z',
    payload: JSON.stringify(event),
  };
  const notice = {
    Records: [{ s3: { bucket: { name: 'lake' }, object: { key: 'aws/lambda/x', eTag: 'e' } } }],
  };
  const handle = recordFailedBatches({
    read: async () => JSON.stringify(batch),
    nameFiles: fileNames({ query }),
    generationsOf: async ({ topic }) => [topic],
    store: async (failures) => {
      await insertErrors(query, failures);
      return failures.length;
    },
    log,
  });
  await handle({ Records: [{ messageId: '1', body: JSON.stringify(notice) }] } as unknown as SQSEvent);
}

test('a redriven transaction that monitor-transactions failed on is counted once, however often it is delivered', async () => {
  const transactions = [scored(1), scored(2), scored(3)];
  await discardBatch(eventOf(4, 100, transactions));

  const sent: Parameters<KafkaProducer['send']>[0][] = [];
  const send: KafkaProducer['send'] = async (batch) => void sent.push(batch);
  const ports = { ...errorsTable(connect()), send, limits: plausible, redriveFiles };
  expect(await redrive({ type: 'BATCH_FAILED' }, ports)).toEqual({ redriven: 3, files: [], invalid: [] });
  const messages = sent.flatMap((batch) => batch.messages.map((message) => ({ ...batch, ...message })));
  expect(messages.map(({ key, value, topic, partition }) => ({ key, value, topic, partition }))).toEqual(
    expect.arrayContaining(
      transactions.map((each) => ({
        key: each.transaction.accountId,
        value: encodeScoredTransaction(each),
        topic: 'transactions',
        partition: partitionOf(each.transaction.accountId, topics.transactions),
      })),
    ),
  );

  const monitor = consume({
    name: 'monitor-transactions',
    epochs: {},
    database: connect('fraud'),
    log,
    apply: (partitions, tx) =>
      monitorTransactions(partitions, bucketMs, {
        reject: async () => {},
        referenceOf: async (version) => references.get(version),
        insertNew: (predictions) => insertNewPredictions(tx, predictions),
        count: (counts) => addCounts(tx, counts),
        challenger: async () => challenger,
        now: Date.now,
      }),
  });
  const redriven = messages.map(({ value, headers }, place) => ({ offset: 200 + place, value, headers }));
  await monitor(kafkaEvent('transactions', { 0: redriven }));
  await monitor(eventOf(4, 100, transactions));
  expect(await readOutcome(query)).toEqual(referenceOutcome([transactions]));
});

test('an invalid transaction is not redriven, with the reason', async () => {
  await query(
    `insert into error_weather_data (error_type, error_message, raw_row, topic, partition, "offset")
     values ('UNFIT', 'broken', '{"transaction":{}}', 'transactions', 0, 1)`,
  );
  const ports = { ...errorsTable(connect()), send: async () => {}, limits: plausible, redriveFiles };
  expect(await redrive({ type: 'UNFIT' }, ports)).toMatchObject({ redriven: 0, invalid: [{}] });
});
