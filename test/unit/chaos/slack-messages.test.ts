import { expect, test } from '@jest/globals';
import { rowsTold as lastBlock, section } from '../../../lambdas/errors/notify-slack/blocks.ts';
import { startSlackInbox } from '../../../localstack/slack-inbox/server.ts';
import { gatherMessages, rowsTold } from '../../e2e/chaos/slack-messages.ts';

const message = (
  name: string,
  ids: number[],
  { repeats = false, about = ['2024-07-15 09:00 UTC'] } = {},
) => ({
  text: 'told',
  blocks: [section('errors 98, 99'), lastBlock(name, ids.map(String), { repeats, about })],
});

test('a row counts as often as messages tell of it', () => {
  const messages = [message('alerts', [1, 2, 3, 7]), message('alert', [2]), message('error', [2])];
  expect(rowsTold(messages).sort()).toEqual([
    'alert 1',
    'alert 2',
    'alert 2',
    'alert 3',
    'alert 7',
    'error 2',
  ]);
});

test('a message that says it may be a repetition counts for the rows that no other tells of', () => {
  const again = message('errors', [4, 5], { repeats: true });
  expect(rowsTold([message('error', [4]), again, again]).sort()).toEqual(['error 4', 'error 5']);
});

test('a thousand rows with gaps between them are all read', () => {
  const ids = Array.from({ length: 1_000 }, (_, place) => 100_000 + place * 2);
  expect(rowsTold([message('errors', ids)])).toHaveLength(1_000);
});

test('what is no message about rows tells of none', () => {
  expect(rowsTold([{ text: 'An alarm' }, { text: 'errors 1–3' }])).toEqual([]);
});

test('messages that came and went before anyone looked are missed aloud', async () => {
  const inbox = await startSlackInbox({ host: '127.0.0.1', port: 0, keep: 2 });
  try {
    const gathering = gatherMessages({ slackInboxUrl: inbox.url });
    const post = (text: string) =>
      fetch(`${inbox.url}/services/a`, { method: 'POST', body: JSON.stringify({ text }) });
    for (const text of ['a', 'b', 'c']) await post(text);
    await expect(gathering.stop()).rejects.toThrow('of 3 messages to Slack 2 were gathered');
  } finally {
    await inbox.close();
  }
});
