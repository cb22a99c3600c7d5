import { IncomingWebhook, IncomingWebhookHTTPError } from '@slack/webhook';
import { remember } from '../../shared/aws/remember.ts';
import type { SlackMessage } from './blocks.ts';
import type { Answer } from './notify-slack.ts';

const defaultRetryAfterS = 1;
const attempt = 'Sending a message to Slack failed';

/** Sends to the webhook whose URL `fetchUrl` gives: asked for once, and again after a failure, since it may have changed. */
export function connectSlack(
  fetchUrl: () => Promise<string>,
  { timeoutMs = 5_000 } = {},
): (message: SlackMessage) => Promise<Answer> {
  const url = remember(async () => {
    const text = await fetchUrl();
    // Said here without the text: fetch would put the secret into its message.
    if (!URL.canParse(text)) throw new Error("The secret of Slack's webhook is not a URL");
    return text;
  });
  return async (message) => {
    let retryAfterS = defaultRetryAfterS;
    let connected = true;
    // The library's errors carry no headers.
    const fetchAndNote: typeof fetch = async (input, init) => {
      try {
        const response = await fetch(input, init);
        retryAfterS = Number(response.headers.get('retry-after')) || defaultRetryAfterS;
        return response;
      } catch (error) {
        connected = !isWithoutConnection(error);
        throw error;
      }
    };
    let address: string;
    try {
      address = await url.get();
    } catch (cause) {
      return { result: 'failed', error: new Error(attempt, { cause }) };
    }
    try {
      const webhook = new IncomingWebhook(address, { timeout: timeoutMs, fetch: fetchAndNote });
      await webhook.send({ text: message.text, blocks: [...message.blocks] });
      return { result: 'taken' };
    } catch (cause) {
      const status = cause instanceof IncomingWebhookHTTPError ? cause.statusCode : undefined;
      if (status === 429) return { result: 'later', retryAfterMs: retryAfterS * 1_000 };
      if (status !== 400) url.forget();
      return { result: resultOf(status, connected), error: new Error(attempt, { cause }) };
    }
  };
}

/**
 * 400 is about the message, any other status below 500 about the webhook. One from 500 on may come of something between us and
 * Slack (502, 504), when Slack has the message. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/
 */
function resultOf(status: number | undefined, connected: boolean) {
  if (status === 400) return 'refused';
  if (status === undefined) return connected ? 'unanswered' : 'failed';
  return status >= 500 ? 'unanswered' : 'failed';
}

const noConnection = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** Nothing was sent, then. */
function isWithoutConnection(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, cause }: { code?: unknown; cause?: unknown } = error;
  return noConnection.has(String(code)) || isWithoutConnection(cause);
}
