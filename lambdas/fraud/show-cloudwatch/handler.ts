import { log } from '../../shared/aws/log.ts';
import { fetchSecretVersions } from '../../shared/aws/secrets.ts';
import { readingEndpoint } from '../../shared/http/endpoint.ts';
import { rotatingTokens } from '../../shared/http/rotating-tokens.ts';
import { readCloudWatch } from './cloudwatch.ts';
import { readConfig } from './config.ts';
import { showCloudWatch } from './show-cloudwatch.ts';

const config = readConfig();
const { accepts } = rotatingTokens({
  fetch: () => fetchSecretVersions(config.tokenArn),
  now: Date.now,
  log,
});
const read = readCloudWatch(config.periodSeconds);

/** Uses no database, so that metrics of AWS can be read while the database is down. */
export const handler = readingEndpoint({
  accepts,
  answer: showCloudWatch(config.targets, config.periodSeconds, { read, now: Date.now }),
  log,
});
