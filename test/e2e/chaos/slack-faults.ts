import { waitFor } from '../../../localstack/wait-for.ts';
import type { Fault } from './fault.ts';
import { signal } from './function-processes.ts';

/** Errors are reported once a minute while rows keep coming. */
const firstRequest = { deadlineMs: 70_000, everyMs: 50 };
/** A failed message is retried within seconds. */
const retry = { deadlineMs: 10_000, everyMs: 50 };

const slackFailure = (name: string, behaviour: Record<string, number>): Fault => ({
  name: `Slack ${name}`,
  kind: 'slack',
  inject: async ({ slackRequests, slackBehaves }) => {
    const before = await slackRequests();
    const requests = async () => (await slackRequests()) - before;
    await slackBehaves(behaviour);
    try {
      await waitFor('a request to Slack', async () => (await requests()) > 0, firstRequest);
      await waitFor('a retry', async () => (await requests()) > 1, retry).catch(() => false);
      return `${await requests()} ×`;
    } catch {
      return undefined;
    } finally {
      await slackBehaves({});
    }
  },
});

export const slackFaults: readonly Fault[] = [
  slackFailure('answers 500', { status: 500 }),
  slackFailure('answers 429', { status: 429, retryAfterS: 2 }),
  slackFailure('takes 3 s to answer', { delayMs: 3_000 }),
  slackFailure('closes the connection', { status: 500, hangUp: 1 }),
  slackFailure('accepts a message and closes the connection', { hangUp: 1 }),
  {
    name: 'kill -9 notify-slack between post and mark',
    kind: 'other',
    inject: async ({ slackBehaves, slackMessages, functionPids }) => {
      await slackBehaves({ answerDelayMs: 8_000 });
      const before = await slackMessages();
      try {
        await waitFor('a message', async () => (await slackMessages()) > before, firstRequest);
        const pids = functionPids('notify-slack');
        for (const pid of pids) signal(pid, 'SIGKILL');
        return pids.length > 0 ? `pid ${pids.join(', ')}` : undefined;
      } catch {
        return undefined;
      } finally {
        await slackBehaves({});
      }
    },
  },
];
