import { IncomingWebhook, IncomingWebhookHTTPError } from '@slack/webhook';
import { remember } from '../../shared/aws/remember.ts';
import type { SlackMessage } from './blocks.ts';
import type { Answer } from './notify-slack.ts';

const defaultRetryAfterS = 1;
const attempt = 'Sending a message to Slack failed';

/**
 * Sends messages to the webhook. Fetches its URL once, and again after a failure, since the URL may have
 * changed.
 */
export function connectSlack(
  fetchUrl: () => Promise<string>,
  { timeoutMs = 5_000 } = {},
): (message: SlackMessage) => Promise<Answer> {
  const url = remember(async () => {
    const text = await fetchUrl();
    // Checked here, because an error of fetch would contain the secret.
    if (!URL.canParse(text)) throw new Error('The secret with the Slack webhook is not a URL: correct it');
    return text;
  });
  return async (message) => {
    let retryAfterS = defaultRetryAfterS;
    let connected = true;
    // The errors of the library have no headers.
    const fetchAndNote: typeof fetch = async (input, init) => {
      try {
        const response = await fetch(input, init);
        retryAfterS = Number(response.headers.get('retry-after')) || defaultRetryAfterS;
        return response;
      } catch (error) {
        connected = !isConnectionError(error);
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
      return { result: 'accepted' };
    } catch (cause) {
      const status = cause instanceof IncomingWebhookHTTPError ? cause.statusCode : undefined;
      if (status === 429) return { result: 'rate-limited', retryAfterMs: retryAfterS * 1_000 };
      if (status !== 400) url.forget();
      return { result: resultOf(status, connected), error: new Error(attempt, { cause }) };
    }
  };
}

/**
 * Status 400 is about the message, any other status below 500 about the webhook. A status from 500 on may
 * come from a proxy (502, 504) after Slack accepted the message.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/
 */
function resultOf(status: number | undefined, connected: boolean) {
  if (status === 400) return 'rejected';
  if (status === undefined) return connected ? 'unconfirmed' : 'failed';
  return status >= 500 ? 'unconfirmed' : 'failed';
}

const connectionErrors = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** Without a connection, nothing was sent. */
function isConnectionError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, cause }: { code?: unknown; cause?: unknown } = error;
  return connectionErrors.has(String(code)) || isConnectionError(cause);
}
