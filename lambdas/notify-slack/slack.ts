import { IncomingWebhook, IncomingWebhookHTTPError } from '@slack/webhook';
import { RateLimited } from '../shared/failures.ts';
import { remember } from '../shared/secrets.ts';
import type { SlackMessage } from './messages.ts';

const defaultRetryAfterS = 1;

/** Sends to the webhook whose URL `fetchUrl` gives: asked for once, and again after a failure, since it may have changed. */
export function connectSlack(
  fetchUrl: () => Promise<string>,
  { timeoutMs = 5_000 } = {},
): (message: SlackMessage) => Promise<void> {
  const url = remember(async () => {
    const text = await fetchUrl();
    // Said here without the text: fetch would put the secret into its message.
    if (!URL.canParse(text)) throw new Error("The secret of Slack's webhook is not a URL");
    return text;
  });
  return async (message) => {
    let retryAfterS = defaultRetryAfterS;
    // The library's errors carry no headers.
    const fetchAndNote: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      retryAfterS = Number(response.headers.get('retry-after')) || defaultRetryAfterS;
      return response;
    };
    const webhook = new IncomingWebhook(await url.get(), { timeout: timeoutMs, fetch: fetchAndNote });
    try {
      await webhook.send({ text: message.text, blocks: [...message.blocks] });
    } catch (cause) {
      const attempt = 'Sending a message to Slack';
      if (cause instanceof IncomingWebhookHTTPError && cause.statusCode === 429) {
        throw new RateLimited(attempt, retryAfterS * 1000, { cause });
      }
      url.forget();
      throw new Error(`${attempt} failed`, { cause });
    }
  };
}
