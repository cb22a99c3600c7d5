import { type Env, readEnv } from '../shared/env.ts';

export const readConfig = (source?: Env) =>
  readEnv((env) => ({ lakeBucket: env.text('LAKE_BUCKET') }), source);
