import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { parseDatabaseSecret } from '../../shared/postgres/database-secret.ts';
import type { Ports } from './rotate-secret.ts';

/** The secrets that a rotation reads and changes, in Secrets Manager. */
export function rotatingSecrets(
  client = new SecretsManagerClient(),
): Pick<Ports, 'stagesOf' | 'read' | 'storePending' | 'makeCurrent'> {
  return {
    async stagesOf(secretId) {
      const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: secretId }));
      return VersionIdsToStages ?? {};
    },
    async read(secretId, { stage, ...version }) {
      const token = 'token' in version ? { VersionId: version.token } : {};
      try {
        const { SecretString } = await client.send(
          new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage, ...token }),
        );
        if (!SecretString) return undefined;
        return { ...parseDatabaseSecret(secretId, SecretString), fields: JSON.parse(SecretString) };
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
    async storePending(secretId, token, { user, password, fields }) {
      await client.send(
        new PutSecretValueCommand({
          SecretId: secretId,
          ClientRequestToken: token,
          SecretString: JSON.stringify({ ...fields, username: user, password }),
          VersionStages: ['AWSPENDING'],
        }),
      );
    },
    async makeCurrent(secretId, token, before) {
      await client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: secretId,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: token,
          RemoveFromVersionId: before,
        }),
      );
    },
  };
}
