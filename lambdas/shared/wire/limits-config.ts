import type { EnvReader } from '../aws/env.ts';
import { type Limits, limitsFromJson } from './limits.ts';

/** The same for every function that reads observations, or one would refuse what another has let pass. */
export const observationLimits = (env: EnvReader): Limits =>
  env.parsed('OBSERVATION_LIMITS', 'limits of an observation as JSON', limitsFromJson);
