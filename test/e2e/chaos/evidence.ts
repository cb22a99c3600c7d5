import type { KafkaMessage } from 'kafkajs';
import pg from 'pg';
import { topics } from '../../../lambdas/shared/kafka/topics.ts';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import { readTopic } from './topic-reader.ts';

/** What a loss or a double is traced by, since the platform is gone when its report is read. */
export interface Evidence {
  readonly appliedOffsets: readonly object[];
  readonly skippedOffsets: readonly object[];
  /** Errors that name no row of a file, by what they are of. */
  readonly otherErrors: readonly object[];
  /** Transactions, and observations that were retried or redriven: where each lies, when it came, its headers. */
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
        [topics.weatherData.name]: described(returned(await readTopic(endpoints, topics.weatherData.name))),
        [topics.transactions.name]: described(await readTopic(endpoints, topics.transactions.name)),
      },
    };
  } finally {
    await client.end();
  }
}

const described = (partitions: ReadonlyMap<number, readonly KafkaMessage[]>): string[] =>
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

/** The rows of files are named by what was lost of them; these are not. */
const returned = (partitions: ReadonlyMap<number, readonly KafkaMessage[]>) =>
  new Map(
    [...partitions].map(([partition, records]) => [
      partition,
      records.filter(({ headers }) => headers?.origin),
    ]),
  );
