import { devNull } from 'node:os';
import { localCredentials } from '../platform/local-account.ts';
import { isLoopback } from '../platform/loopback.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface LocalAccount {
  readonly endpointUrl: string;
  readonly region: string;
}

/**
 * The environment in which AWS clients reach the local account and no other. None of the caller's AWS
 * settings remains: no profile, no file in ~/.aws, no endpoint of a single service.
 * @throws Error when the endpoint is not on this machine
 */
export function localEnvironment({ endpointUrl, region }: LocalAccount, ambient: Environment): Environment {
  if (!isLoopback(endpointUrl)) {
    throw new Error(
      `Stage local deploys only to this machine, but ${endpointUrl} is not a loopback address. Use --stage dev or prod for AWS.`,
    );
  }
  const unrelated = Object.entries(ambient).filter(([name]) => !name.startsWith('AWS_'));
  return {
    ...Object.fromEntries(unrelated),
    NO_PROXY: [ambient.NO_PROXY, 'localhost', '127.0.0.1', '::1'].filter(Boolean).join(','),
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
