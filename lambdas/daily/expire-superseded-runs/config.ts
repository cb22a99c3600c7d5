import { type Env, readEnv } from '../../shared/aws/env.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      catalogDatabase: env.text('CATALOG_DATABASE'),
      lakeBucket: env.text('LAKE_BUCKET'),
    }),
    source,
  );
