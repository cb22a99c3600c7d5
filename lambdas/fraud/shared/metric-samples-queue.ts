import { chunksOf } from '../../shared/aws/chunks.ts';
import { openQueue } from '../../shared/aws/queue.ts';
import { encodeMetricSamples, type MetricSample, maxSamples } from './metric-sample.ts';

/**
 * Puts metric samples on the queue of send-metrics and returns when SQS has them. Samples always take the
 * queue, not only after a failed call of the API: a function that is stopped in mid-call then loses nothing.
 */
export function metricSamplesQueue(queueUrl: string): (samples: readonly MetricSample[]) => Promise<void> {
  const { send } = openQueue(queueUrl);
  return async (samples) => {
    for (const chunk of chunksOf(samples, maxSamples)) await send([{ body: encodeMetricSamples(chunk) }]);
  };
}
