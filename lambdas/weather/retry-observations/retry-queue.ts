import { openQueue } from '../../shared/aws/queue.ts';
import { encodeRedelivery } from '../../shared/retry/redelivery-message.ts';
import type { Ports } from './retry-observations.ts';

/** The queue in which records wait for their next attempt. return-observations receives them. */
export function retryQueue(queueUrl: string): Ports['delay'] {
  const { send } = openQueue(queueUrl);
  return (delayed) =>
    send(delayed.map(({ message, delaySeconds }) => ({ body: encodeRedelivery(message), delaySeconds })));
}
