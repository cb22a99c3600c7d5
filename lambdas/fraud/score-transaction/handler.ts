import { log } from '../../shared/aws/log.ts';
import { fetchSecretVersions } from '../../shared/aws/secrets.ts';
import { writingEndpoint } from '../../shared/http/endpoint.ts';
import { requestMetrics } from '../../shared/http/request-metrics.ts';
import { rotatingTokens } from '../../shared/http/rotating-tokens.ts';
import { connectProducer } from '../../shared/kafka/kafka-producer.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { currentModelKey } from '../shared/model-version.ts';
import { readConfig } from './config.ts';
import { currentModel } from './current-model.ts';
import { openModelLake } from './model-lake.ts';
import { modelRefusals } from './model-refusals.ts';
import { scoreTables } from './score-tables.ts';
import { scoreTransaction } from './score-transaction.ts';
import { shippedScorer } from './shipped-model.ts';
import { transactionsTopic } from './transactions-topic.ts';

const config = readConfig();
const now = Date.now;
const database = connectDatabase(config.database);
const { query } = database;
const producer = connectProducer(config.kafka);
const tokens = rotatingTokens({ fetch: () => fetchSecretVersions(config.tokenArn), now, log });
const { namedVersion, readModel } = openModelLake({ bucket: config.lakeBucket, pointer: currentModelKey });
const scorer = currentModel({
  currentVersion: namedVersion,
  readModel,
  shipped: shippedScorer(),
  reportRefusal: modelRefusals({ query, log, stage: config.stage }),
  now,
  log,
});

// Prepares everything at once before the first request. A failure here is ignored: the request that needs it
// tries again.
for (const prepare of [tokens.prepare, scorer, producer.connect, () => query('select')])
  prepare().catch(() => undefined);

export const handler = writingEndpoint({
  route: '/predict',
  method: 'POST',
  accepts: tokens.accepts,
  maxBodyBytes: 4 * 1024,
  answer: scoreTransaction({
    ...scoreTables(database),
    send: transactionsTopic(producer),
    scorer,
    now,
  }),
  record: requestMetrics({ query, log }),
  log,
});
