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
      refusals: 0,
      doubtfulMessage: null,
      location: '서울 <강남구>',
      type: 'TEMP_HIGH',
      reason: 'Temperature 36.2 °C, at least 35 °C',
      eventTimeMs: Date.UTC(2024, 7, 1, 14),
    },
  ],
  { repeats: false },
);

const { behave, webhookUrl, received } = testInbox();

describe('connectSlack', () => {
  test('sends a message that the webhook takes as it is', async () => {
    expect(await connectSlack(webhookUrl)(message)).toEqual({ result: 'taken' });
    expect(await received()).toEqual([message]);
  });

  test('fails when the webhook does, and asks for its address again', async () => {
    let asked = 0;
    const send = connectSlack(() => {
      asked++;
      return webhookUrl();
    });
    await behave({ status: 500 });
    expect(await send(message)).toMatchObject({
      result: 'unanswered',
      error: new Error('Sending a message to Slack failed'),
    });
    await behave({ status: 200 });
    await send(message);
    expect({ asked, received: (await received()).length }).toEqual({ asked: 2, received: 1 });
  });

  test.each([
    [429, 17, { result: 'later', retryAfterMs: 17_000 }],
    [429, undefined, { result: 'later', retryAfterMs: 1_000 }],
    [400, undefined, { result: 'refused' }],
    [403, undefined, { result: 'failed' }],
    [404, undefined, { result: 'failed' }],
    [410, undefined, { result: 'failed' }],
    [500, undefined, { result: 'unanswered' }],
    [502, undefined, { result: 'unanswered' }],
    [504, undefined, { result: 'unanswered' }],
  ])('takes status %s (Retry-After: %s) for %j', async (status, retryAfterS, answer) => {
    await behave({ status, ...(retryAfterS === undefined ? {} : { retryAfterS }) });
    expect(await connectSlack(webhookUrl)(message)).toMatchObject(answer);
  });

  test('has its message refused when Slack would refuse it', async () => {
    const tooLong = {
      text: 'x',
      blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }],
    };
    expect(await connectSlack(webhookUrl)(tooLong as never)).toMatchObject({ result: 'refused' });
  });

  test('does not know what became of a message that gets no answer in time', async () => {
    await behave({ status: 200, delayMs: 5_000 });
    expect(await connectSlack(webhookUrl, { timeoutMs: 200 })(message)).toMatchObject({
      result: 'unanswered',
    });
  });

  test('keeps to itself a secret that is no address', async () => {
    const answer = await connectSlack(async () => '{"url":"secret"}')(message);
    expect(answer).toMatchObject({ result: 'failed' });
    expect(inspect(answer)).toContain("The secret of Slack's webhook is not a URL");
    expect(inspect(answer)).not.toContain('"secret"');
  });

  test('knows that a message went nowhere when nothing listens at the address', async () => {
    const gone = await startSlackInbox({ host: '127.0.0.1', port: 0, keep: 1 });
    await gone.close();
    const nowhere = connectSlack(async () => `${gone.url}/services/T0/B0/key`);
    expect(await nowhere(message)).toMatchObject({ result: 'failed' });
  });
});
