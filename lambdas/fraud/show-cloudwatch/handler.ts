import { log } from '../../shared/aws/log.ts';
import { fetchSecretVersions } from '../../shared/aws/secrets.ts';
import { readingEndpoint } from '../../shared/http/endpoint.ts';
import { requestMetrics } from '../../shared/http/request-metrics.ts';
import { rotatingTokens } from '../../shared/http/rotating-tokens.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readCloudWatch } from './cloudwatch.ts';
import { readConfig } from './config.ts';
import { showCloudWatch } from './show-cloudwatch.ts';

const config = readConfig();
const { query } = connectDatabase(config.database);
const { accepts } = rotatingTokens({
  fetch: () => fetchSecretVersions(config.tokenArn),
  now: Date.now,
  log,
});
const read = readCloudWatch(config.periodSeconds);

export const handler = readingEndpoint({
  route: '/metrics/cloudwatch',
  method: 'GET',
  accepts,
  answer: showCloudWatch(config.targets, config.periodSeconds, { read, now: Date.now }),
  record: requestMetrics({ query, log }),
  log,
});
