import { type Env, readEnv } from '../../shared/aws/env.ts';
import { topicEpochs } from '../../shared/exactly-once/generations.ts';
import { kafkaSettings } from '../../shared/kafka/kafka-producer.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';
import { observationLimits } from '../../shared/wire/limits-config.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      epochs: topicEpochs(env),
      kafka: kafkaSettings(env),
      lakeBucket: env.text('LAKE_BUCKET'),
      limits: observationLimits(env),
      keepObservationDays: Number(env.optionalText('KEEP_OBSERVATION_DAYS') ?? 0),
    }),
    source,
  );
