import { log } from '../../shared/aws/log.ts';
import { openQueue } from '../../shared/aws/queue.ts';
import { fetchSecret } from '../../shared/aws/secrets.ts';
import { readConfig } from './config.ts';
import { metricsApi } from './metrics-api.ts';
import { sendMetrics } from './send-metrics.ts';

const { updateMetricsUrl, tokenArn, queueUrl, delays } = readConfig();

export const handler = sendMetrics({
  post: metricsApi({ url: updateMetricsUrl, fetchToken: () => fetchSecret(tokenArn) }),
  postpone: openQueue(queueUrl).hide,
  delays,
  random: Math.random,
  log,
});
