import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Log } from '../../shared/aws/log.ts';
import type { KafkaProducer } from '../../shared/kafka/kafka-producer.ts';
import { topics } from '../../shared/kafka/topics.ts';
import { decodeReturning, type ReturningRecord } from '../../shared/retry/redelivery-message.ts';

export interface Ports extends Pick<KafkaProducer, 'send'> {
  readonly log: Log;
}

interface Returning {
  readonly messageId: string;
  readonly record: ReturningRecord;
}

/** Sends records whose delay is over to `weather-data`. A message that fails goes back to the queue, and it alone. */
export function returnObservations({ send, log }: Ports) {
  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const startedAt = performance.now();
    const failed: string[] = [];
    const giveBack = (messageIds: readonly string[], error: unknown) => {
      log.error('records not returned', { messageIds, error });
      failed.push(...messageIds);
    };

    const returning = Records.flatMap((message) => read(message, giveBack));
    for (const [partition, records] of Map.groupBy(returning, ({ record }) => record.partition)) {
      const messages = records.map(({ record: { key, value, headers } }) => ({ key, value, headers }));
      try {
        await send({ topic: topics.weatherData.name, partition, messages });
      } catch (error) {
        giveBack(
          records.map(({ messageId }) => messageId),
          error,
        );
      }
    }
    const ms = Math.round(performance.now() - startedAt);
    log.info('returned', { records: Records.length - failed.length, failed: failed.length, ms });
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

function read(
  { messageId, body }: SQSRecord,
  giveBack: (messageIds: readonly string[], error: unknown) => void,
): Returning[] {
  try {
    return [{ messageId, record: decodeReturning(body) }];
  } catch (error) {
    giveBack([messageId], error);
    return [];
  }
}
