import type { SQSClient } from '@aws-sdk/client-sqs';
import { encodeMetricSamples, type MetricSample, maxSamples } from './metric-sample.ts';

/**
 * Puts metric samples on the queue of send-metrics and returns when SQS has them. Samples always take the
 * queue, not only after a failed call of the API: a function that is stopped in mid-call then loses nothing.
 */
export function metricSamplesQueue(queueUrl: string): (samples: readonly MetricSample[]) => Promise<void> {
  let client: SQSClient | undefined;
  return async (samples) => {
    const { SendMessageCommand, SQSClient } = await import('@aws-sdk/client-sqs');
    client ??= new SQSClient();
    for (let from = 0; from < samples.length; from += maxSamples) {
      const body = encodeMetricSamples(samples.slice(from, from + maxSamples));
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
    }
  };
}
