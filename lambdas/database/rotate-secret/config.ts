import { type Env, readEnv } from '../../shared/aws/env.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';

export const readConfig = (source?: Env) => readEnv((env) => ({ database: databaseSettings(env) }), source);
