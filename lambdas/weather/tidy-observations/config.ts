import { type Env, readEnv } from '../../shared/aws/env.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      lakeBucket: env.text('LAKE_BUCKET'),
      keepObservationDays: env.number('KEEP_OBSERVATION_DAYS'),
    }),
    source,
  );
