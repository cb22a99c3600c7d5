import {
  CreateSecretCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Endpoints } from '../endpoints.ts';
import { localAccount } from './local-account.ts';

/**
 * Stores the address of the inbox in the secret that the stacks read. On AWS, an operator stores a Slack
 * webhook there.
 */
export async function storeSlackWebhook(endpoints: Endpoints): Promise<void> {
  const client = new SecretsManagerClient(localAccount(endpoints));
  const input = {
    Name: 'isobar/local/slack-webhook',
    SecretString: `${endpoints.slackInboxUrl}/services/T000/B000/local`,
  };
  try {
    await client.send(new CreateSecretCommand(input));
  } catch (error) {
    // On a busy machine the first request may time out although it succeeds. The retry then finds the secret.
    if (!(error instanceof ResourceExistsException)) throw error;
  } finally {
    client.destroy();
  }
}
