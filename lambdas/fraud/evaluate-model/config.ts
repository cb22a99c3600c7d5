import { databaseSettings } from '../shared/database-secret.ts';
import { type Env, readEnv } from '../shared/env.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      spanSeconds: env.number('EVALUATION_SPAN_HOURS') * 3_600,
    }),
    source,
  );
