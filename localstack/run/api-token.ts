import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Endpoints } from '../endpoints.ts';
import { localAccount } from '../platform/local-account.ts';

/** The bearer token for an endpoint of the API. The stacks generate it. */
export async function readApiToken(
  endpoints: Endpoints,
  endpoint: 'predict' | 'update-metrics' | 'metrics' | 'cloudwatch',
): Promise<string> {
  const client = new SecretsManagerClient(localAccount(endpoints));
  const id = `isobar/local/tokens/${endpoint}`;
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }));
    if (!SecretString)
      throw new Error(`The secret ${id} is empty: run \`npm run deploy -- --stage local\` again`);
    return SecretString;
  } finally {
    client.destroy();
  }
}
