import { databaseSettings } from '../shared/database-secret.ts';
import { type Env, readEnv } from '../shared/env.ts';

export const readConfig = (source?: Env) => readEnv((env) => ({ database: databaseSettings(env) }), source);
