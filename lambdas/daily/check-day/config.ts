import { databaseSettings } from '../shared/database-secret.ts';
import { type Env, readEnv } from '../shared/env.ts';
import { kafkaSettings } from '../shared/kafka-producer.ts';

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
