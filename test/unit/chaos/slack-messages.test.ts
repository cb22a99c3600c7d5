import { expect, test } from '@jest/globals';
import { rowIds as lastBlock, section } from '../../../lambdas/errors/notify-slack/blocks.ts';
import { startSlackInbox } from '../../../localstack/slack-inbox/server.ts';
import { gatherMessages, reportedRows } from '../../e2e/chaos/slack-messages.ts';

const message = (
  name: string,
  ids: number[],
  { mayRepeat = false, details = ['2024-07-15 09:00 UTC'] } = {},
) => ({
  text: 'told',
  blocks: [section('errors 98, 99'), lastBlock(name, ids.map(String), { mayRepeat, details })],
});

test('a row is listed once per message that reports it', () => {
  const messages = [message('alerts', [1, 2, 3, 7]), message('alert', [2]), message('error', [2])];
  expect(reportedRows(messages).sort()).toEqual([
    'alert 1',
    'alert 2',
    'alert 2',
    'alert 3',
    'alert 7',
    'error 2',
  ]);
});

test('a message marked as a possible repetition adds only rows in no other message', () => {
  const again = message('errors', [4, 5], { mayRepeat: true });
  expect(reportedRows([message('error', [4]), again, again]).sort()).toEqual(['error 4', 'error 5']);
});

test('a message with a thousand separate ids reports a thousand rows', () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => 100_000 + index * 2);
  expect(reportedRows([message('errors', ids)])).toHaveLength(1_000);
});

test('a message without a row list reports no rows', () => {
  expect(reportedRows([{ text: 'An alarm' }, { text: 'errors 1–3' }])).toEqual([]);
});

test('gathering fails when the inbox has dropped a message before it was read', async () => {
  const inbox = await startSlackInbox({ host: '127.0.0.1', port: 0, keep: 2 });
  try {
    const gathering = gatherMessages({ slackInboxUrl: inbox.url });
    const post = (text: string) =>
      fetch(`${inbox.url}/services/a`, { method: 'POST', body: JSON.stringify({ text }) });
    for (const text of ['a', 'b', 'c']) await post(text);
    await expect(gathering.stop()).rejects.toThrow('gathered 2 of 3 messages to Slack');
  } finally {
    await inbox.close();
  }
});
