import { cloudEnvironment } from '../../lib/deploy/environment.ts';
import { localEnvironment } from '../../localstack/deploy/environment.ts';
import { readEndpoints } from '../../localstack/endpoints.ts';
import type { StageOptions } from './options.ts';

/** The endpoint of the running local platform. @throws Error when none runs */
export function localEndpoint(): string {
  const endpointUrl = readEndpoints()?.awsEndpointUrl ?? process.env.AWS_ENDPOINT_URL;
  if (endpointUrl === undefined)
    throw new Error('The local platform is not running. `npm start` starts it and deploys to it.');
  return endpointUrl;
}

/** The environment in which AWS's clients reach the account of the stage. */
export const environmentOf = ({ stage, config }: StageOptions) =>
  stage === 'local'
    ? localEnvironment({ endpointUrl: localEndpoint(), region: config.region }, process.env)
    : { ...cloudEnvironment(process.env), AWS_REGION: config.region };
