import {
  CreateSecretCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Endpoints } from '../endpoints.ts';
import { localAccount } from './local-account.ts';

/** Stores the inbox's address where the stacks expect an operator to have stored the webhook of a Slack channel. */
export async function storeSlackWebhook(endpoints: Endpoints): Promise<void> {
  const client = new SecretsManagerClient(localAccount(endpoints));
  const input = {
    Name: 'isobar/local/slack-webhook',
    SecretString: `${endpoints.slackInboxUrl}/services/T000/B000/local`,
  };
  try {
    await client.send(new CreateSecretCommand(input));
  } catch (error) {
    // On a busy machine the first try may be answered too late: the client's second one then finds its work done.
    if (!(error instanceof ResourceExistsException)) throw error;
  } finally {
    client.destroy();
  }
}
