import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { composeAlerts } from '../../../../../lambdas/errors/notify-slack/alert-messages.ts';
import { connectSlack } from '../../../../../lambdas/errors/notify-slack/slack.ts';
import { startSlackInbox } from '../../../../../localstack/slack-inbox/server.ts';
import { testInbox } from './test-inbox.ts';

const message = composeAlerts(
  [
    {
      id: '7',
      rejections: 0,
      unconfirmedMessage: null,
      location: '서울 <강남구>',
      type: 'TEMP_HIGH',
      reason: 'Temperature 36.2 °C, at least 35 °C',
      eventTimeMs: Date.UTC(2024, 7, 1, 14),
    },
  ],
  { mayRepeat: false },
);

const { behave, webhookUrl, received } = testInbox();

describe('connectSlack', () => {
  test('sends the message unchanged to the webhook', async () => {
    expect(await connectSlack(webhookUrl)(message)).toEqual({ result: 'accepted' });
    expect(await received()).toEqual([message]);
  });

  test('fetches the URL again after a failure', async () => {
    let asked = 0;
    const send = connectSlack(() => {
      asked++;
      return webhookUrl();
    });
    await behave({ status: 500 });
    expect(await send(message)).toMatchObject({
      result: 'unconfirmed',
      error: new Error('Sending a message to Slack failed'),
    });
    await behave({ status: 200 });
    await send(message);
    expect({ asked, received: (await received()).length }).toEqual({ asked: 2, received: 1 });
  });

  test.each([
    [429, 17, { result: 'rate-limited', retryAfterMs: 17_000 }],
    [429, undefined, { result: 'rate-limited', retryAfterMs: 1_000 }],
    [400, undefined, { result: 'rejected' }],
    [403, undefined, { result: 'failed' }],
    [404, undefined, { result: 'failed' }],
    [410, undefined, { result: 'failed' }],
    [500, undefined, { result: 'unconfirmed' }],
    [502, undefined, { result: 'unconfirmed' }],
    [504, undefined, { result: 'unconfirmed' }],
  ])('returns for status %s with Retry-After %s: %j', async (status, retryAfterS, answer) => {
    await behave({ status, ...(retryAfterS === undefined ? {} : { retryAfterS }) });
    expect(await connectSlack(webhookUrl)(message)).toMatchObject(answer);
  });

  test('returns rejected for a message that Slack rejects', async () => {
    const tooLong = {
      text: 'x',
      blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }],
    };
    expect(await connectSlack(webhookUrl)(tooLong as never)).toMatchObject({ result: 'rejected' });
  });

  test('returns unconfirmed when Slack does not answer in time', async () => {
    await behave({ status: 200, delayMs: 5_000 });
    expect(await connectSlack(webhookUrl, { timeoutMs: 200 })(message)).toMatchObject({
      result: 'unconfirmed',
    });
  });

  test('does not reveal a secret that is not a URL', async () => {
    const answer = await connectSlack(async () => '{"url":"secret"}')(message);
    expect(answer).toMatchObject({ result: 'failed' });
    expect(inspect(answer)).toContain('The secret with the Slack webhook is not a URL: correct it');
    expect(inspect(answer)).not.toContain('"secret"');
  });

  test('returns failed when nothing listens at the URL', async () => {
    const gone = await startSlackInbox({ host: '127.0.0.1', port: 0, keep: 1 });
    await gone.close();
    const nowhere = connectSlack(async () => `${gone.url}/services/T0/B0/key`);
    expect(await nowhere(message)).toMatchObject({ result: 'failed' });
  });
});
