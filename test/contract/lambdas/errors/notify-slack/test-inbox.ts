import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { SlackMessage } from '../../../../../lambdas/errors/notify-slack/blocks.ts';
import { type SlackInbox, startSlackInbox } from '../../../../../localstack/slack-inbox/server.ts';

/** A Slack inbox for one test file, emptied after each of its tests. */
export function testInbox() {
  let inbox: SlackInbox;
  const behave = (behaviour: {
    status: number;
    delayMs?: number;
    answerDelayMs?: number;
    retryAfterS?: number;
  }) => fetch(`${inbox.url}/behaviour`, { method: 'PUT', body: JSON.stringify(behaviour) });

  beforeAll(async () => {
    inbox = await startSlackInbox({ host: '127.0.0.1', port: 0, keep: 1_000 });
  });
  afterEach(async () => {
    await behave({ status: 200 });
    await fetch(`${inbox.url}/messages`, { method: 'DELETE' });
  });
  afterAll(() => inbox.close());

  return {
    behave,
    webhookUrl: async () => `${inbox.url}/services/T0/B0/key`,
    received: async () => {
      const response = await fetch(`${inbox.url}/messages`);
      return ((await response.json()) as { payload: SlackMessage }[]).map(({ payload }) => payload);
    },
  };
}
