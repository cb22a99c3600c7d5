import { log } from '../../shared/aws/log.ts';
import { fetchSecretVersions } from '../../shared/aws/secrets.ts';
import { writingEndpoint } from '../../shared/http/endpoint.ts';
import { requestMetrics } from '../../shared/http/request-metrics.ts';
import { rotatingTokens } from '../../shared/http/rotating-tokens.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readConfig } from './config.ts';
import { gaugesTable } from './gauges-table.ts';
import { updateMetrics } from './update-metrics.ts';

const config = readConfig();
const { query } = connectDatabase(config.database);
const tokens = rotatingTokens({
  fetch: () => fetchSecretVersions(config.tokenArn),
  now: Date.now,
  log,
});

export const handler = writingEndpoint({
  route: '/update_metrics',
  method: 'POST',
  accepts: tokens.accepts,
  maxBodyBytes: 64 * 1024,
  answer: updateMetrics({ setGauges: gaugesTable(query), now: Date.now }),
  record: requestMetrics({ query, log }),
  log,
});
