import { type Env, readEnv } from '../../shared/aws/env.ts';
import { kafkaSettings } from '../../shared/kafka/kafka-producer.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      kafka: kafkaSettings(env),
      lakeBucket: env.text('LAKE_BUCKET'),
      limits: {
        graceMs: env.number('DAY_GRACE_MINUTES') * 60_000,
        pollSeconds: env.number('DAY_POLL_SECONDS'),
        waitMs: env.number('DAY_WAIT_MINUTES') * 60_000,
      },
    }),
    source,
  );
