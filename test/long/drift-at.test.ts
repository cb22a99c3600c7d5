import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readEndpoints } from '../../localstack/endpoints.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { type LiveMode, startLiveMode } from './start-live-mode.ts';

let live: LiveMode;
beforeAll(async () => {
  live = await startLiveMode(0);
}, 660_000);
afterAll(() => live.stop(), 120_000);

test('with --drift-at, Slack is told of the drift within five minutes, once', async () => {
  const { slackInboxUrl } = readEndpoints(live.stateDir) ?? {};
  const drifts = async () => {
    const answer = await fetch(`${slackInboxUrl}/messages`);
    const messages = (await answer.json()) as { payload: unknown }[];
    return messages
      .map(({ payload }) => JSON.stringify(payload))
      .filter((text) => /\bFraudDrift\b/.test(text));
  };
  await waitFor('a warning of drift', async () => (await drifts()).length > 0, {
    deadlineMs: 300_000,
    everyMs: 1_000,
  });
  const [warning = ''] = await drifts();
  expect(warning).toMatch(/since/i);
  expect(warning).toContain('http');
  expect(await drifts()).toHaveLength(1);
}, 330_000);
