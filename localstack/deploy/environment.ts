import { isIPv4 } from 'node:net';
import { devNull } from 'node:os';
import { localCredentials } from './local-account.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface LocalAccount {
  readonly endpointUrl: string;
  readonly region: string;
}

/**
 * The environment in which AWS clients talk to the local account and to no other: of the caller's AWS settings nothing is left,
 * no profile, no file of ~/.aws, no endpoint of a single service.
 * @throws Error when the endpoint is not on this machine
 */
export function localEnvironment({ endpointUrl, region }: LocalAccount, ambient: Environment): Environment {
  if (!isLoopback(endpointUrl)) {
    throw new Error(
      `Stage local deploys to this machine only, and ${endpointUrl} is not a loopback address.`,
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

/** By the address alone: a name, `localhost` apart, is whatever a DNS server says. */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, username, password, hostname } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  if (username !== '' || password !== '') return false;
  if (hostname === 'localhost' || hostname === '[::1]') return true;
  return isIPv4(hostname) && hostname.startsWith('127.');
}
