import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { DatabaseOptions } from '../../lambdas/shared/postgres/database.ts';
import type { DatabaseRole } from '../../lambdas/shared/postgres/database-roles.ts';
import { parseDatabaseSecret } from '../../lambdas/shared/postgres/database-secret.ts';
import type { Endpoints } from '../endpoints.ts';
import { localAccount } from './local-account.ts';

/** The settings of an AWS client: those of the local platform, or a region. */
export type Account = ReturnType<typeof localAccount> | { readonly region: string };

/**
 * Connects as a role of the database of a stage, like the functions of that role: by the role's secret, which
 * is read at each new pool, since a rotation changes it.
 */
export function databaseLogin(
  account: Account,
  stage: string,
  role: DatabaseRole,
): DatabaseOptions['credentials'] {
  return async () => {
    const SecretId = `isobar/${stage}/database/${role}`;
    const secrets = new SecretsManagerClient(account);
    try {
      const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
      return parseDatabaseSecret(SecretId, SecretString);
    } catch (cause) {
      throw new Error(`Reading the secret ${SecretId} failed`, { cause });
    } finally {
      secrets.destroy();
    }
  };
}

/** The same for the local platform. */
export const localLogin = (
  endpoints: Pick<Endpoints, 'awsEndpointUrl' | 'region'>,
  role: DatabaseRole,
): DatabaseOptions => ({ credentials: databaseLogin(localAccount(endpoints), 'local', role) });
