import { expect, test } from '@jest/globals';
import { viewMessage } from '../../../../localstack/slack-inbox/message-view.ts';

const show = (payload: Record<string, unknown>) => {
  const message = { id: 1, receivedAt: '2026-01-02T03:04:05.000Z', webhook: '/services/x', payload };
  return viewMessage(message).source.replace(/<details>.*<\/details>/s, '');
};

test.each([
  ['*bold* _italic_ ~gone~ `code`', '<strong>bold</strong> <em>italic</em> <s>gone</s> <code>code</code>'],
  ['*bold with _italic_ inside*', '<strong>bold with <em>italic</em> inside</strong>'],
  ['snake_case_name and 2 * 3 * 4', 'snake_case_name and 2 * 3 * 4'],
  [
    '<https://example.com/?a=1&amp;b=2|docs>',
    'href="https://example.com/?a=1&amp;b=2" target="_blank" rel="noreferrer noopener">docs</a>',
  ],
  ['one\ntwo', 'one<br>two'],
  ['> quoted\n> twice\nnot', '<blockquote>quoted<br>twice</blockquote>not'],
  ['```\na < b\n```', '<pre>a &lt; b</pre>'],
  ['<!here> <@U123>', '<span class="mention">@here</span> <span class="mention">@U123</span>'],
  [':fire: :unknown_one:', '🔥 :unknown_one:'],
  ['&lt;b&gt; &amp;amp;', '&lt;b&gt; &amp;amp;'],
])('a message renders %j', (text, expected) => {
  expect(show({ text })).toContain(expected);
});

test.each([
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<javascript:alert(1)|click>',
  '`<script>`',
  '```<script>```',
  '*"><script>*',
  "<https://example.com/'onmouseover='alert(1)|x>",
  '<https://example.com|<script>>',
])('%j is shown as text in every field of a message', (text) => {
  const shown = show({
    text,
    username: text,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text } },
      { type: 'section', text: { type: 'mrkdwn', text }, fields: [{ type: 'mrkdwn', text }] },
      { type: 'context', elements: [{ type: 'mrkdwn', text }] },
      { type: 'image', alt_text: text, image_url: text },
      { type: 'actions', elements: [{ type: 'button', text: { type: 'plain_text', text }, url: text }] },
      { type: text },
    ],
    attachments: [
      {
        color: text,
        title: text,
        title_link: text,
        text,
        footer: text,
        fields: [{ title: text, value: text }],
      },
    ],
  });
  expect(shown).not.toMatch(/<script|<img|href="javascript:|<[^>]+ on\w+=/i);
});

test('a block that is not drawn is named', () => {
  expect(show({ blocks: [{ type: 'rich_text', elements: [] }] })).toContain(
    'does not draw “rich_text” blocks',
  );
});
