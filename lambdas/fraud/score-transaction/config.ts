import { databaseSettings } from '../shared/database-secret.ts';
import { type Env, readEnv } from '../shared/env.ts';
import { kafkaSettings } from '../shared/kafka-producer.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      kafka: kafkaSettings(env),
      lakeBucket: env.text('LAKE_BUCKET'),
      stage: env.text('STAGE'),
      tokenArn: env.text('PREDICT_TOKEN_ARN'),
    }),
    source,
  );
