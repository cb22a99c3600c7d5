import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Endpoints } from '../endpoints.ts';
import { localAccount } from '../platform/local-account.ts';

/** The bearer token of an endpoint of the API, as the stacks had it made. */
export async function readApiToken(
  endpoints: Endpoints,
  endpoint: 'predict' | 'update-metrics' | 'metrics',
): Promise<string> {
  const client = new SecretsManagerClient(localAccount(endpoints));
  const id = `isobar/local/tokens/${endpoint}`;
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }));
    if (!SecretString) throw new Error(`the secret ${id} is empty`);
    return SecretString;
  } finally {
    client.destroy();
  }
}
