import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Behaviour, normalBehaviour, parseBehaviour, refusalOf } from './behaviour.ts';
import { viewMessage } from './message-view.ts';
import { openMessages } from './messages.ts';
import { viewNotice, viewPage } from './page.ts';
import { parsePost, RefusedPayload, readPayload } from './payload.ts';

export interface SlackInbox {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface SlackInboxProps {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly storeFile?: string;
  /** How many messages are kept in memory and shown. */
  readonly keep: number;
}

const maxBodyBytes = 1024 * 1024;

/** A sender that is kept waiting does not keep a closed inbox running. */
const pause = (ms: number) => delay(ms, undefined, { ref: false });

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes)
      throw new RefusedPayload('invalid_payload', `the body exceeds ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const answer = (
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
) => response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(body);

const answerJson = (response: ServerResponse, body: unknown, headers: Record<string, string> = {}) =>
  answer(response, 200, JSON.stringify(body), {
    'content-type': 'application/json; charset=utf-8',
    ...headers,
  });

/** Pages that listen for what happens here (server-sent events). */
const openAudience = () => {
  const listeners = new Set<ServerResponse>();
  return {
    join: (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(': hello\n\n');
      listeners.add(response);
      response.on('close', () => listeners.delete(response));
    },
    tell: (event: string, data: unknown) => {
      for (const listener of listeners) listener.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
  };
};

type Route = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Starts an HTTP endpoint that takes, refuses and shows messages as Slack's incoming webhooks do. */
export const startSlackInbox = async (props: SlackInboxProps): Promise<SlackInbox> => {
  const { host, port, storeFile, keep } = props;
  const messages = await openMessages({ keep, ...(storeFile === undefined ? {} : { storeFile }) });
  const audience = openAudience();
  let behaviour: Behaviour = normalBehaviour;
  let asked = 0;

  const receive: Route = async (request, response) => {
    const { status, delayMs, answerDelayMs, retryAfterS, hangUp } = behaviour;
    asked += 1;
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
    const message = await messages.add({ receivedAt: new Date().toISOString(), webhook, payload });
    audience.tell('message-received', { html: viewMessage(message).source, count: messages.total, keep });
    if (answerDelayMs > 0) await pause(answerDelayMs);
    return hangUp ? request.socket.destroy() : answer(response, 200, 'ok');
  };

  const switchBehaviour: Route = async (request, response) => {
    try {
      behaviour = parseBehaviour(await readBody(request));
    } catch (error) {
      return answer(response, 400, error instanceof Error ? error.message : 'invalid behaviour');
    }
    audience.tell('behaviour', { html: viewNotice(behaviour).source });
    return answerJson(response, behaviour);
  };

  const showPage: Route = (_request, response) => {
    const nonce = randomBytes(16).toString('base64');
    const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'`;
    answer(response, 200, viewPage({ messages, behaviour, nonce }), {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-store',
    });
  };

  const clear: Route = async (_request, response) => {
    await messages.clear();
    audience.tell('cleared', {});
    response.writeHead(204).end();
  };

  const listMessages: Route = (_request, response) =>
    answerJson(response, messages.latest, {
      'x-total-count': String(messages.total),
      // Posts that were refused included.
      'x-asked-count': String(asked),
    });

  const routes: Record<string, Record<string, Route>> = {
    '/': { GET: showPage },
    '/messages': { GET: listMessages, HEAD: listMessages, DELETE: clear },
    '/behaviour': { GET: (_request, response) => answerJson(response, behaviour), PUT: switchBehaviour },
    '/events': { GET: (_request, response) => audience.join(response) },
  };
  const webhookRoutes = { POST: receive };

  const route: Route = (request, response) => {
    const path = (request.url ?? '/').replace(/\?.*/, '');
    const methods: Record<string, Route> | undefined = path.startsWith('/services/')
      ? webhookRoutes
      : routes[path];
    if (!methods) return answer(response, 404, 'not found');
    const act = methods[request.method ?? ''];
    return act
      ? act(request, response)
      : answer(response, 405, 'method not allowed', { allow: Object.keys(methods).join(', ') });
  };

  const server = createServer(async (request, response) => {
    try {
      await route(request, response);
    } catch (error) {
      if (error instanceof RefusedPayload) answer(response, 400, error.refusal);
      else {
        console.error(JSON.stringify({ event: 'failed', reason: String(error) }));
        answer(response, 500, refusalOf(500));
      }
    }
  });
  // On a kept connection a message can cross with its closing, and then nobody knows whether it arrived.
  server.maxRequestsPerSocket = 1;
  server.listen(port, host);
  await once(server, 'listening');
  const bound = server.address() as AddressInfo;
  return {
    url: `http://${host}:${bound.port}`,
    port: bound.port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
