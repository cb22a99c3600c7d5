import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Endpoints } from './endpoints.ts';

/** Stores the inbox's address where the stacks expect an operator to have stored the webhook of a Slack channel. */
export async function storeSlackWebhook({ awsEndpointUrl, region, slackInboxUrl }: Endpoints): Promise<void> {
  const client = new SecretsManagerClient({
    endpoint: awsEndpointUrl,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const input = {
    Name: 'isobar/local/slack-webhook',
    SecretString: `${slackInboxUrl}/services/T000/B000/local`,
  };
  await client.send(new CreateSecretCommand(input));
  client.destroy();
}
