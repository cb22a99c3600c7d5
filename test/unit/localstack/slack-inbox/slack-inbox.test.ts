import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { IncomingWebhook } from '@slack/webhook';
import { waitFor } from '../../../../localstack/wait-for.ts';
import { outcome, pageUrl, testInbox } from './test-inbox.ts';

const { describedBehaviour, post, postJson, received, restart, setBehaviour, stop, storeFile, url } =
  testInbox();

describe('a webhook', () => {
  test('the inbox answers ok to the Slack client and keeps the message unchanged', async () => {
    const webhook = new IncomingWebhook(`${url()}/services/T0/B0/key`);
    const blocks = [{ type: 'header' as const, text: { type: 'plain_text' as const, text: 'Heat' } }];

    expect(await webhook.send({ text: 'Heat in 서울', blocks })).toEqual({ text: 'ok' });

    const [message] = (await (await fetch(`${url()}/messages`)).json()) as [unknown];
    expect(message).toMatchObject({
      id: 1,
      webhook: '/services/T0/B0/key',
      payload: { text: 'Heat in 서울', blocks },
    });
  });

  test('the inbox accepts a form with a JSON payload, as Slack does', async () => {
    const form = new URLSearchParams({ payload: '{"text":"by form"}' }).toString();
    expect(await outcome(await post(form, 'application/x-www-form-urlencoded'))).toEqual([200, 'ok']);
    expect((await received()).texts).toEqual(['by form']);
  });

  test.each([
    ['not JSON', '{"text":', 'invalid_payload'],
    ['a list', '[]', 'invalid_payload'],
    ['null', 'null', 'invalid_payload'],
    ['an empty body', '', 'invalid_payload'],
    ['an empty object', '{}', 'no_text'],
    ['an empty text', '{"text":""}', 'no_text'],
    ['no blocks', '{"blocks":[]}', 'no_text'],
    ['blocks that are not a list', '{"blocks":{}}', 'invalid_blocks'],
    ['a block without type', '{"blocks":[{}]}', 'invalid_blocks'],
    ['a section without text', '{"blocks":[{"type":"section"}]}', 'invalid_blocks'],
    [
      'a header in mrkdwn',
      '{"blocks":[{"type":"header","text":{"type":"mrkdwn","text":"a"}}]}',
      'invalid_blocks',
    ],
    ['51 blocks', JSON.stringify({ blocks: Array(51).fill({ type: 'divider' }) }), 'invalid_blocks'],
    [
      'a section text of 3,001 characters',
      JSON.stringify({ blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'a'.repeat(3001) } }] }),
      'invalid_blocks',
    ],
    ['attachments that are not a list', '{"attachments":"a"}', 'invalid_attachments'],
    [
      '101 attachments',
      JSON.stringify({ attachments: Array(101).fill({ text: 'a' }) }),
      'too_many_attachments',
    ],
    ['more than 1 MiB', JSON.stringify({ text: 'a'.repeat(1024 * 1024) }), 'invalid_payload'],
  ])('the inbox refuses %s with 400 and the error text of Slack', async (_name, body, refusal) => {
    expect(await outcome(await post(body))).toEqual([400, refusal]);
    expect(await received()).toEqual({ texts: [], total: '0' });
  });

  test('the inbox accepts only POST under /services/', async () => {
    expect((await fetch(`${url()}/services/T0/B0/key`)).status).toBe(405);
    expect((await post('{"text":"a"}', 'application/json', '/elsewhere')).status).toBe(404);
  });
});

describe('the failure switch', () => {
  test('the failure switch sets the status, error text and Retry-After, and the message is not kept', async () => {
    await setBehaviour({ status: 429, retryAfterS: 30 });
    const response = await post('{"text":"lost"}');
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
      429,
      '30',
      'rate_limited',
    ]);
    expect((await received()).texts).toEqual([]);
    expect(await describedBehaviour()).toBe('answering 429, Retry-After 30 s');
  });

  test('a failure switch of 500 fails the Slack client, and empty settings turn it off', async () => {
    const webhook = new IncomingWebhook(`${url()}/services/x`);
    await setBehaviour({ status: 500 });
    await expect(webhook.send('lost')).rejects.toThrow('500');
    await setBehaviour({});
    expect(await describedBehaviour()).toBeNull();
    expect(await webhook.send('kept')).toEqual({ text: 'ok' });
    expect((await received()).texts).toEqual(['kept']);
  });

  test('the failure switch delays the answer', async () => {
    await setBehaviour({ delayMs: 120 });
    const before = performance.now();
    expect(await postJson({ text: 'late' })).toEqual([200, 'ok']);
    expect(performance.now() - before).toBeGreaterThan(100);
  });

  test('with a delayed answer the message is kept before the answer', async () => {
    await setBehaviour({ answerDelayMs: 4_000 });
    let isAnswered = false;
    const answered = postJson({ text: 'kept' }).finally(() => {
      isAnswered = true;
    });
    await waitFor('the message', async () => (await received()).texts.includes('kept'), {
      deadlineMs: 4_000,
    });
    expect(isAnswered).toBe(false);
    expect(await answered).toEqual([200, 'ok']);
  });

  test.each([
    [200, ['unanswered']],
    [500, []],
  ])('a hang-up with status %i closes the connection and keeps %j', async (status, kept) => {
    await setBehaviour({ status, hangUp: 1 });
    await expect(post('{"text":"unanswered"}')).rejects.toThrow('fetch failed');
    expect((await received()).texts).toEqual(kept);
    expect(await describedBehaviour()).toContain('closing the connection instead of answering');
  });

  test('the request count includes refused requests', async () => {
    await postJson({ text: 'kept' });
    await setBehaviour({ status: 500 });
    await postJson({ text: 'lost' });
    const { headers } = await fetch(`${url()}/messages`, { method: 'HEAD' });
    expect([headers.get('x-request-count'), headers.get('x-total-count')]).toEqual(['2', '1']);
  });

  test.each([[{ status: 99 }], [{ status: '500' }], [{ delayMs: -1 }], [{ statuss: 500 }], [[]]])(
    'the settings %j are refused and change nothing',
    async (settings) => {
      expect((await setBehaviour(settings)).status).toBe(400);
      expect(await postJson({ text: 'a' })).toEqual([200, 'ok']);
    },
  );
});

describe('messages', () => {
  test('the inbox keeps the latest messages in memory, counts all, and stores them in order of arrival', async () => {
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((text) => postJson({ text })));
    const { texts, total } = await received();
    expect(texts).toHaveLength(3);
    expect(total).toBe('5');
    const stored = (await readFile(storeFile(), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(stored.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    expect(stored.map(({ payload }) => payload.text).slice(-3)).toEqual(texts);
  });

  test('messages survive a restart, except a line that a crash cut short', async () => {
    await postJson({ text: 'a' });
    await stop();
    await writeFile(storeFile(), `${await readFile(storeFile(), 'utf8')}{"id":2,"rec`);
    await restart();
    await postJson({ text: 'b' });
    expect(await received()).toEqual({ texts: ['a', 'b'], total: '2' });
    await stop();
    await restart();
    expect(await received()).toEqual({ texts: ['a', 'b'], total: '2' });
  });

  test('DELETE removes the messages and empties the store', async () => {
    await postJson({ text: 'a' });
    expect((await fetch(`${url()}/messages`, { method: 'DELETE' })).status).toBe(204);
    expect(await received()).toEqual({ texts: [], total: '0' });
    expect(await readFile(storeFile(), 'utf8')).toBe('');
  });

  test('its root leads to the page that shows the messages', async () => {
    const response = await fetch(url(), { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, pageUrl]);
  });
});
