import { type Env, readEnv } from '../../shared/aws/env.ts';
import { topicEpochs } from '../../shared/exactly-once/generations.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      epochs: topicEpochs(env),
      lakeBucket: env.text('LAKE_BUCKET'),
      slackNudgeQueueUrl: env.text('SLACK_NUDGE_QUEUE_URL'),
    }),
    source,
  );
