import { type Env, readEnv } from '../../shared/aws/env.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';
import { observationLimits } from '../../shared/wire/limits-config.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      incomingFilesQueueUrl: env.text('INCOMING_FILES_QUEUE_URL'),
      lakeBucket: env.text('LAKE_BUCKET'),
      limits: observationLimits(env),
      minHoursSeen: env.number('MIN_HOURS_SEEN'),
    }),
    source,
  );
