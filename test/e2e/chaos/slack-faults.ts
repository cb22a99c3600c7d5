import { waitFor } from '../../../localstack/wait-for.ts';
import type { Fault } from './fault.ts';
import { signal } from './function-processes.ts';

/** While rows keep coming, errors are told once a minute. */
const someone = { deadlineMs: 70_000, everyMs: 50 };
/** What Slack did not take is tried again within seconds. */
const again = { deadlineMs: 10_000, everyMs: 50 };

const slackTrouble = (name: string, behaviour: Record<string, number>): Fault => ({
  name: `Slack ${name}`,
  kind: 'slack',
  inject: async ({ slackAsked, slackBehaves }) => {
    const before = await slackAsked();
    const askedTimes = async () => (await slackAsked()) - before;
    await slackBehaves(behaviour);
    try {
      await waitFor('someone to ask Slack', async () => (await askedTimes()) > 0, someone);
      await waitFor('someone to ask again', async () => (await askedTimes()) > 1, again).catch(() => false);
      return `${await askedTimes()} ×`;
    } catch {
      return undefined;
    } finally {
      await slackBehaves({});
    }
  },
});

export const slackFaults: readonly Fault[] = [
  slackTrouble('answers 500', { status: 500 }),
  slackTrouble('answers 429', { status: 429, retryAfterS: 2 }),
  slackTrouble('takes 3 s to answer', { delayMs: 3_000 }),
  slackTrouble('hangs up', { status: 500, hangUp: 1 }),
  slackTrouble('takes a message and hangs up', { hangUp: 1 }),
  {
    name: 'kill -9 notify-slack between post and mark',
    kind: 'other',
    inject: async ({ slackBehaves, slackMessages, functionPids }) => {
      await slackBehaves({ answerDelayMs: 8_000 });
      const before = await slackMessages();
      try {
        await waitFor('a message', async () => (await slackMessages()) > before, someone);
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
