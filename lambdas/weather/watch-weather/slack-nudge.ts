import type { SQSClient } from '@aws-sdk/client-sqs';

/** Tells notify-slack that there is something to send. It finds out by itself what. */
export function slackNudge(queueUrl: string): (alerts: number) => Promise<void> {
  let client: SQSClient | undefined;
  return async (alerts) => {
    // Most batches raise no alert, and most cold starts are better off without the SDK.
    const { SendMessageCommand, SQSClient } = await import('@aws-sdk/client-sqs');
    client ??= new SQSClient();
    await client.send(
      new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify({ alerts }) }),
    );
  };
}
