import { expect, test } from '@jest/globals';
import { testInbox } from './test-inbox.ts';

const { page, postJson, url } = testInbox();

const show = async (payload: unknown) => {
  await postJson(payload);
  const shown = await page();
  return shown.slice(shown.indexOf('<ol id="feed">'), shown.indexOf('<details>'));
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
])('the page renders %j', async (text, expected) => {
  expect(await show({ text })).toContain(expected);
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
])('the page shows %j as text in every field of a message', async (text) => {
  const shown = await show({
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

test('the page allows the browser to run only its own script', async () => {
  const response = await fetch(url());
  const policy = response.headers.get('content-security-policy') ?? '';
  const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1];
  expect(policy).toContain("default-src 'none'");
  expect(await response.text()).toContain(`<script nonce="${nonce}">`);
});

test('the page names the blocks that it does not draw', async () => {
  expect(await show({ blocks: [{ type: 'rich_text', elements: [] }] })).toContain(
    'does not draw “rich_text” blocks',
  );
});
