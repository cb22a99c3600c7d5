import { type Env, readEnv } from '../../shared/aws/env.ts';
import { parseTargets } from './targets.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      tokenArn: env.text('CLOUDWATCH_TOKEN_ARN'),
      targets: env.parsed('CLOUDWATCH_TARGETS', 'JSON with a list of names for each kind', parseTargets),
      periodSeconds: env.number('CLOUDWATCH_PERIOD_SECONDS'),
    }),
    source,
  );
