import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Behaviour, normalBehaviour, parseBehaviour, refusalOf } from './behaviour.ts';
import { answer, answerJson, readBody } from './http.ts';
import type { Messages } from './messages.ts';
import { parsePost, readPayload } from './payload.ts';

export type Route = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A waiting sender does not keep a closed inbox running. */
const pause = (ms: number) => delay(ms, undefined, { ref: false });

/** The routes of the inbox: they receive and list messages, and set the failure switch. */
export class Inbox {
  readonly #messages: Messages;
  readonly #pageUrl: string;
  #behaviour: Behaviour = normalBehaviour;
  #requests = 0;

  /** `pageUrl`: the page that shows the messages. */
  constructor(messages: Messages, pageUrl: string) {
    this.#messages = messages;
    this.#pageUrl = pageUrl;
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
    await this.#messages.add({ receivedAt: new Date().toISOString(), webhook, payload });
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
    return answerJson(response, this.#behaviour);
  };

  readonly leadToPage: Route = (_request, response) =>
    answer(response, 302, `The messages are at ${this.#pageUrl}`, { location: this.#pageUrl });

  readonly listMessages: Route = (_request, response) =>
    answerJson(response, this.#messages.latest, {
      'x-total-count': String(this.#messages.total),
      // Refused requests are included.
      'x-request-count': String(this.#requests),
    });

  readonly clear: Route = async (_request, response) => {
    await this.#messages.clear();
    response.writeHead(204).end();
  };
}
