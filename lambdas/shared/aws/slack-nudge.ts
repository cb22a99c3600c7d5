import { openQueue } from './queue.ts';

/**
 * Returns a function that tells notify-slack of new rows in its outboxes. It reads them from the database, so
 * a nudge that is lost or repeated does no harm. `delaySeconds` is how long it waits, at most 900.
 */
export function slackNudge(queueUrl: string, delaySeconds = 0): (rows: number) => Promise<void> {
  const { send } = openQueue(queueUrl);
  return (rows) => send([{ body: JSON.stringify({ rows }), delaySeconds }]);
}
