import { openQueue } from '../../shared/aws/queue.ts';

/** Tells notify-slack that there are alerts to send. It reads them from the database. */
export function slackNudge(queueUrl: string): (alerts: number) => Promise<void> {
  const { send } = openQueue(queueUrl);
  return (alerts) => send([{ body: JSON.stringify({ alerts }) }]);
}
