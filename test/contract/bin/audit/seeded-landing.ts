import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { type OpenTarget, openTarget } from '../../../../bin/audit/target.ts';
import { topicRecords } from '../../../../bin/audit/topic-records.ts';
import { insertErrors } from '../../../../lambdas/errors/record-errors/errors-table.ts';
import { storeFailures } from '../../../../lambdas/errors/record-failed-batches/recorded-failures.ts';
import { claimRecords } from '../../../../lambdas/shared/exactly-once/exactly-once.ts';
import { identityOf } from '../../../../lambdas/shared/exactly-once/identity.ts';
import { openLandedObjects } from '../../../../lambdas/shared/exactly-once/landed-objects.ts';
import { skipGap } from '../../../../lambdas/shared/exactly-once/ledger.ts';
import type { KafkaRecord } from '../../../../lambdas/shared/kafka/kafka-event.ts';
import { connectProducer, type Message } from '../../../../lambdas/shared/kafka/kafka-producer.ts';
import { plausible } from '../../../../lambdas/shared/wire/limits.ts';
import { landObservations } from '../../../../lambdas/weather/land-observations/land-observations.ts';
import { createTopics } from '../../../fixtures/create-topics.ts';
import type { testBucket } from '../../lambdas/test-bucket.ts';
import { required, type testDatabase } from '../../lambdas/test-database.ts';

/** A topic, a lake and a ledger of its own on the real services, with the real landing code between them. */
export async function seededLanding(
  lake: ReturnType<typeof testBucket>,
  tables: ReturnType<typeof testDatabase>,
) {
  const brokers = required('ISOBAR_TEST_KAFKA_BROKERS').split(',');
  const names = {
    consumer: 'land-observations',
    topic: `test-${randomUUID()}`,
    errorTopic: `test-${randomUUID()}`,
  };
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = connectProducer({ brokers, auth: 'none' });
  const objects = openLandedObjects({ bucket: lake.bucket, contentType: 'application/vnd.apache.parquet' });
  await admin.connect();
  await createTopics(admin, [{ topic: names.topic }, { topic: names.errorTopic }]);
  const database = tables.connect();
  const send = (messages: readonly Message[]) =>
    producer.send({ topic: names.topic, partition: 0, messages });
  const next = async () => {
    const sql = "select next_offset from applied_offsets where consumer = 'land-observations' and topic = $1";
    const [row] = await tables.query<{ next_offset: string }>(sql, [names.topic]);
    return Number(row?.next_offset ?? 0);
  };

  const land = async (records: readonly KafkaRecord[], afterPut = async () => {}) =>
    database.transaction(async (query) => {
      const batch = [{ topic: names.topic, partition: 0, records }];
      await skipGap(query, names.consumer, batch);
      const { fresh, advance } = await claimRecords(query, names.consumer, batch);
      await landObservations(fresh, plausible, {
        put: (key, encode) => objects.put(key, encode, () => query('select 1')),
        confirmLock: async () => {},
        sendDeadLetters: (letters) =>
          insertErrors(
            query,
            letters.map(({ headers: { origin = null }, error, key }) => ({
              ...error,
              location: key,
              lineNumber: null,
              columns: null,
              position: origin,
              failedIn: null,
              firstFailedAtMs: null,
              cause: null,
            })),
          ),
        addRowCounts: afterPut,
        now: Date.now,
      });
      await advance([]);
    });

  const notLanded = async () => {
    const records: KafkaRecord[] = [];
    const behind = new Map([[0, [{ from: await next(), to: Number.MAX_SAFE_INTEGER }]]]);
    await topicRecords(kafka, admin, names.topic)(behind, (record) => records.push(record));
    return records;
  };

  return {
    names,
    send,
    /**
     * Sends a batch and lands all records not landed yet as one. `afterPut` runs between the object and the
     * ledger.
     */
    async landBatch(messages: readonly Message[], afterPut?: () => Promise<void>) {
      if (messages.length > 0) await send(messages);
      await land(await notLanded(), afterPut);
    },
    /** Sends a batch that Lambda discards. */
    async discard(messages: readonly Message[]) {
      await send(messages);
      const failures = (await notLanded()).map((record) => ({
        errorType: 'BATCH_FAILED' as const,
        errorReason: '',
        rawRow: record.text,
        timestampMs: record.timestampMs,
        fileName: record.headers.source?.replace(/@.*/, '') ?? null,
        lineNumber: record.headers.row ?? null,
        retryCount: 0,
        location: record.key,
        columns: null,
        position: { topic: record.topic, partition: record.partition, offset: record.offset },
        sentAtMs: record.timestampMs,
        batchOf: names.consumer,
        attempt: null,
        identity: identityOf(record) ?? null,
        failedIn: names.consumer,
        firstFailedAtMs: null,
        cause: null,
      }));
      await database.transaction((query) => storeFailures(query, failures, async () => {}));
    },
    /** Deletes all records before this offset, as retention does. */
    expire: (offset: number) =>
      admin.deleteTopicRecords({
        topic: names.topic,
        partitions: [{ partition: 0, offset: String(offset) }],
      }),
    groups: async () => (await admin.listGroups()).groups.map(({ groupId }) => groupId),
    open: (): Promise<OpenTarget> =>
      openTarget(
        {
          s3: () => lake.client(),
          lakeBucket: lake.bucket,
          database: { credentials: async () => tables.credentials('reader') },
          kafka: { brokers, auth: 'none' },
        },
        names,
      ),
    async close() {
      await producer.close();
      await admin.deleteTopics({ topics: [names.topic, names.errorTopic] });
      await admin.disconnect();
      objects.close();
    },
  };
}
