import type { KafkaMessage } from 'kafkajs';
import pg from 'pg';
import { topics } from '../../../lambdas/shared/kafka/topics.ts';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import { readTopic } from './topic-reader.ts';

/** Data to trace a lost or duplicated record. The platform no longer runs when the report is read. */
export interface Evidence {
  readonly appliedOffsets: readonly object[];
  readonly skippedOffsets: readonly object[];
  /** Error rows without a source row. */
  readonly otherErrors: readonly object[];
  /** Transactions, and retried or redriven observations: partition, offset, timestamp and headers. */
  readonly records: Readonly<Record<string, readonly string[]>>;
}

export async function gatherEvidence(endpoints: Endpoints): Promise<Evidence> {
  const client = new pg.Client({ connectionString: endpoints.postgresUrl });
  await client.connect();
  try {
    const rows = async (sql: string) => (await client.query<object>(sql)).rows;
    return {
      appliedOffsets: await rows('select * from applied_offsets order by consumer, topic, partition'),
      skippedOffsets: await rows(
        'select * from skipped_offsets order by consumer, topic, partition, from_offset',
      ),
      otherErrors: await rows(
        `select id, error_type, error_message, topic, partition, "offset", failed_in, created_at, processing_status
           from error_weather_data where line_number is null order by id limit 10000`,
      ),
      records: {
        [topics.weatherData.name]: describe(redelivered(await readTopic(endpoints, topics.weatherData.name))),
        [topics.transactions.name]: describe(await readTopic(endpoints, topics.transactions.name)),
      },
    };
  } finally {
    await client.end();
  }
}

const describe = (partitions: ReadonlyMap<number, readonly KafkaMessage[]>): string[] =>
  [...partitions].flatMap(([partition, records]) =>
    records.map(({ offset, timestamp, headers = {}, value }) => {
      const { transaction } = Object(JSON.parse(String(value))) as {
        transaction?: { transactionId: string };
      };
      const named = Object.entries(headers).map(([name, text]) => `${name}=${text}`);
      const words = [`${partition}/${offset}`, new Date(Number(timestamp)).toISOString(), ...named];
      return [...words, ...(transaction ? [transaction.transactionId] : [])].join(' ');
    }),
  );

/** Only retried and redriven records: the comparison names all others by their source row. */
const redelivered = (partitions: ReadonlyMap<number, readonly KafkaMessage[]>) =>
  new Map(
    [...partitions].map(([partition, records]) => [
      partition,
      records.filter(({ headers }) => headers?.origin),
    ]),
  );
