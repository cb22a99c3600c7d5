import { type Env, readEnv } from '../../shared/aws/env.ts';

export const readConfig = (source?: Env) =>
  readEnv((env) => ({ lakeBucket: env.text('LAKE_BUCKET') }), source);
