import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Log } from '../../shared/aws/log.ts';
import type { KafkaProducer } from '../../shared/kafka/kafka-producer.ts';
import { topics } from '../../shared/kafka/topics.ts';
import { decodeRedelivery, type RedeliveryMessage } from '../../shared/retry/redelivery-message.ts';

export interface Ports extends Pick<KafkaProducer, 'send'> {
  readonly log: Log;
}

interface Redelivery {
  readonly messageId: string;
  readonly message: RedeliveryMessage;
}

/**
 * Sends records whose delay is over back to `weather-data`. Only the messages that fail return to the queue.
 */
export function returnObservations({ send, log }: Ports) {
  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const startedAt = performance.now();
    const failed: string[] = [];
    const fail = (messageIds: readonly string[], error: unknown) => {
      log.error('records not sent back', { messageIds, error });
      failed.push(...messageIds);
    };

    const redeliveries = Records.flatMap((record) => read(record, fail));
    for (const [partition, group] of Map.groupBy(redeliveries, ({ message }) => message.partition)) {
      const messages = group.map(({ message: { key, value, headers } }) => ({ key, value, headers }));
      try {
        await send({ topic: topics.weatherData.name, partition, messages });
      } catch (error) {
        fail(
          group.map(({ messageId }) => messageId),
          error,
        );
      }
    }
    const ms = Math.round(performance.now() - startedAt);
    log.info('records sent back', { records: Records.length - failed.length, failed: failed.length, ms });
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

function read(
  { messageId, body }: SQSRecord,
  fail: (messageIds: readonly string[], error: unknown) => void,
): Redelivery[] {
  try {
    return [{ messageId, message: decodeRedelivery(body) }];
  } catch (error) {
    fail([messageId], error);
    return [];
  }
}
