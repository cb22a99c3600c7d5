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
      retryQueueUrl: env.text('RETRY_QUEUE_URL'),
      limits: {
        plausible: observationLimits(env),
        attempts: env.number('RETRY_ATTEMPTS'),
        firstDelaySeconds: env.number('RETRY_FIRST_DELAY_SECONDS'),
        maxDelaySeconds: env.number('RETRY_MAX_DELAY_SECONDS'),
      },
    }),
    source,
  );
