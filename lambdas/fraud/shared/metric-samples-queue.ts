import type { SQSClient } from '@aws-sdk/client-sqs';
import { encodeGaugeUpdates, type GaugeUpdate, maxUpdates } from './gauge-update.ts';

/**
 * Hands new values of gauges to the queue of send-metrics, and returns when it has them. The queue comes first, and not only
 * after a failure, so that nothing is ever only in a function that may be ended.
 */
export function gaugeUpdatesQueue(queueUrl: string): (updates: readonly GaugeUpdate[]) => Promise<void> {
  let client: SQSClient | undefined;
  return async (updates) => {
    const { SendMessageCommand, SQSClient } = await import('@aws-sdk/client-sqs');
    client ??= new SQSClient();
    for (let from = 0; from < updates.length; from += maxUpdates) {
      const body = encodeGaugeUpdates(updates.slice(from, from + maxUpdates));
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
    }
  };
}
