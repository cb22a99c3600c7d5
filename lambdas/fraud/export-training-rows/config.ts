import { type Env, readEnv } from '../../shared/aws/env.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      lakeBucket: env.text('LAKE_BUCKET'),
      limits: {
        days: env.number('TRAINING_DAYS'),
        heldOutShare: env.number('TRAINING_HELD_OUT_SHARE'),
        leastFrauds: env.number('TRAINING_LEAST_FRAUDS'),
        leastHeldOutFrauds: env.number('TRAINING_LEAST_HELD_OUT_FRAUDS'),
      },
    }),
    source,
  );
