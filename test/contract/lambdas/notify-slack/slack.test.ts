import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { alertMessage } from '../../../../lambdas/notify-slack/messages.ts';
import { notifySlack, type UnsentAlert } from '../../../../lambdas/notify-slack/notify-slack.ts';
import { connectSlack } from '../../../../lambdas/notify-slack/slack.ts';
import { RateLimited } from '../../../../lambdas/shared/failures.ts';
import { type SlackInbox, startSlackInbox } from '../../../../localstack/slack-inbox/server.ts';

const alert: UnsentAlert = {
  alertId: '7',
  location: '서울 <강남구>',
  type: 'TEMP_HIGH',
  reason: 'Temperature 36.2 °C, at least 35 °C',
  eventTimeMs: Date.UTC(2024, 7, 1, 14),
};
const message = alertMessage(alert);

let inbox: SlackInbox;

beforeAll(async () => {
  inbox = await startSlackInbox({ host: '127.0.0.1', port: 0, keep: 10 });
});

afterEach(async () => {
  await behave({ status: 200 });
  await fetch(`${inbox.url}/messages`, { method: 'DELETE' });
});

afterAll(() => inbox.close());

const behave = (behaviour: { status: number; delayMs?: number; retryAfterS?: number }) =>
  fetch(`${inbox.url}/behaviour`, { method: 'PUT', body: JSON.stringify(behaviour) });

const webhookUrl = async () => `${inbox.url}/services/T0/B0/key`;

const received = async () => {
  const response = await fetch(`${inbox.url}/messages`);
  const messages = (await response.json()) as { payload: unknown }[];
  return messages.map(({ payload }) => payload);
};

const failureOf = (sending: Promise<void>) => sending.then(() => undefined).catch((error: unknown) => error);

describe('connectSlack', () => {
  test('sends a message that the webhook takes as it is', async () => {
    await connectSlack(webhookUrl)(message);
    expect(await received()).toEqual([message]);
  });

  test('fails when the webhook does, and asks for its address again', async () => {
    let asked = 0;
    const send = connectSlack(() => {
      asked++;
      return webhookUrl();
    });
    await behave({ status: 500 });
    await expect(send(message)).rejects.toThrow('Sending a message to Slack failed');
    await behave({ status: 200 });
    await send(message);
    expect({ asked, received: (await received()).length }).toEqual({ asked: 2, received: 1 });
  });

  test('says how long the webhook asks to wait', async () => {
    await behave({ status: 429, retryAfterS: 17 });
    const failure = await failureOf(connectSlack(webhookUrl)(message));
    expect(failure).toBeInstanceOf(RateLimited);
    expect(failure).toMatchObject({ retryAfterMs: 17_000 });
  });

  test('waits a second when the webhook asks to wait and does not say how long', async () => {
    await behave({ status: 429 });
    expect(await failureOf(connectSlack(webhookUrl)(message))).toMatchObject({ retryAfterMs: 1_000 });
  });

  test('gives up on a webhook that does not answer', async () => {
    await behave({ status: 200, delayMs: 1_000 });
    const startedAt = performance.now();
    await expect(connectSlack(webhookUrl, { timeoutMs: 200 })(message)).rejects.toThrow(
      'Sending a message to Slack failed',
    );
    expect(performance.now() - startedAt).toBeLessThan(900);
  });

  test('keeps to itself a secret that is no address', async () => {
    const failure = await failureOf(connectSlack(async () => '{"url":"secret"}')(message));
    expect(inspect(failure)).toContain("The secret of Slack's webhook is not a URL");
    expect(inspect(failure)).not.toContain('"secret"');
  });

  test('fails when nothing listens at the address', async () => {
    const nowhere = connectSlack(async () => 'http://127.0.0.1:1/services/T0/B0/key');
    await expect(nowhere(message)).rejects.toThrow('Sending a message to Slack failed');
  });
});

test('an alert that Slack refuses is given back, and is sent once Slack takes it', async () => {
  let state = 'unsent';
  const run = () =>
    notifySlack({
      claim: async () => {
        if (state !== 'unsent') return [];
        state = 'claimed';
        return [alert];
      },
      markSent: async () => {
        state = 'sent';
      },
      release: async () => {
        state = 'unsent';
      },
      send: connectSlack(webhookUrl),
      sleep: async () => {},
      remainingMs: () => 60_000,
    });
  await behave({ status: 500 });
  await expect(run()).rejects.toThrow('Sending a message to Slack failed');
  expect(state).toBe('unsent');
  await behave({ status: 200 });
  expect(await run()).toEqual({ alerts: 1, messages: 1 });
  expect(state).toBe('sent');
  expect(await received()).toEqual([message]);
});
