import type { SQSRecord } from 'aws-lambda';
import { queuesByArn } from '../aws/queue.ts';

/** Returns a function that sends a message to its own queue once more. It needs the right to send there. */
export function sendAgain(): (message: SQSRecord) => Promise<void> {
  const queueOf = queuesByArn();
  return async ({ eventSourceARN, body }) => {
    const queue = await queueOf(eventSourceARN);
    await queue.send([{ body }]);
  };
}
