import { type Env, readEnv } from '../../shared/aws/env.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      stage: env.text('STAGE'),
      spanSeconds: env.number('EVALUATION_SPAN_HOURS') * 3_600,
    }),
    source,
  );
