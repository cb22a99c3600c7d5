import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Audience, openAudience } from './audience.ts';
import { type Behaviour, normalBehaviour, parseBehaviour, refusalOf } from './behaviour.ts';
import { answer, answerJson, readBody } from './http.ts';
import { viewMessage } from './message-view.ts';
import type { Messages } from './messages.ts';
import { viewNotice, viewPage } from './page.ts';
import { parsePost, readPayload } from './payload.ts';

export type Route = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A waiting sender does not keep a closed inbox running. */
const pause = (ms: number) => delay(ms, undefined, { ref: false });

/** The routes of the inbox: they receive, list and show messages, and set the failure switch. */
export class Inbox {
  readonly #messages: Messages;
  readonly #keep: number;
  readonly #audience: Audience = openAudience();
  #behaviour: Behaviour = normalBehaviour;
  #requests = 0;

  /** `keep`: how many messages the page shows. */
  constructor(messages: Messages, keep: number) {
    this.#messages = messages;
    this.#keep = keep;
  }

  readonly receive: Route = async (request, response) => {
    const { status, delayMs, answerDelayMs, retryAfterS, hangUp } = this.#behaviour;
    this.#requests += 1;
    const body = await readBody(request);
    if (delayMs > 0) await pause(delayMs);
    if (status !== 200) {
      if (hangUp) return request.socket.destroy();
      const headers = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) };
      return answer(response, status, refusalOf(status), headers);
    }
    const payload = readPayload(request.headers['content-type'] ?? '', body);
    parsePost(payload);
    const webhook = request.url ?? '';
    const message = await this.#messages.add({ receivedAt: new Date().toISOString(), webhook, payload });
    const event = { html: viewMessage(message).source, count: this.#messages.total, keep: this.#keep };
    this.#audience.broadcast('message-received', event);
    if (answerDelayMs > 0) await pause(answerDelayMs);
    return hangUp ? request.socket.destroy() : answer(response, 200, 'ok');
  };

  readonly showBehaviour: Route = (_request, response) => answerJson(response, this.#behaviour);

  readonly setBehaviour: Route = async (request, response) => {
    try {
      this.#behaviour = parseBehaviour(await readBody(request));
    } catch (error) {
      return answer(response, 400, error instanceof Error ? error.message : 'invalid behaviour');
    }
    this.#audience.broadcast('behaviour', { html: viewNotice(this.#behaviour).source });
    return answerJson(response, this.#behaviour);
  };

  readonly showPage: Route = (_request, response) => {
    const nonce = randomBytes(16).toString('base64');
    const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'`;
    answer(response, 200, viewPage({ messages: this.#messages, behaviour: this.#behaviour, nonce }), {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-store',
    });
  };

  readonly listMessages: Route = (_request, response) =>
    answerJson(response, this.#messages.latest, {
      'x-total-count': String(this.#messages.total),
      // Refused requests are included.
      'x-request-count': String(this.#requests),
    });

  readonly clear: Route = async (_request, response) => {
    await this.#messages.clear();
    this.#audience.broadcast('cleared', {});
    response.writeHead(204).end();
  };

  readonly listen: Route = (_request, response) => this.#audience.join(response);
}
