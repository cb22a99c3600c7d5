import { type Env, readEnv } from '../../shared/aws/env.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      lakeBucket: env.text('LAKE_BUCKET'),
      stage: env.text('STAGE'),
      metricSamplesQueueUrl: env.text('METRIC_SAMPLES_QUEUE_URL'),
      keepMs: env.number('DRIFT_KEEP_DAYS') * 24 * 60 * 60 * 1000,
      rules: {
        windowMs: env.number('DRIFT_WINDOW_MINUTES') * 60 * 1000,
        leastTransactions: env.number('DRIFT_LEAST_TRANSACTIONS'),
      },
    }),
    source,
  );
