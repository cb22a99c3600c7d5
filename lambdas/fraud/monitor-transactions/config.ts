import { type Env, readEnv } from '../../shared/aws/env.ts';
import { topicEpochs } from '../../shared/exactly-once/generations.ts';
import { kafkaSettings } from '../../shared/kafka/kafka-producer.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      epochs: topicEpochs(env),
      kafka: kafkaSettings(env),
      lakeBucket: env.text('LAKE_BUCKET'),
      bucketMs: env.number('DRIFT_BUCKET_SECONDS') * 1000,
    }),
    source,
  );
