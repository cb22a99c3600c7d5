import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refusalOf } from './behaviour.ts';
import { answer } from './http.ts';
import { Inbox, type Route } from './inbox.ts';
import { openMessages } from './messages.ts';
import { RefusedPayload } from './payload.ts';

export interface SlackInbox {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

interface SlackInboxProps {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly storeFile?: string;
  /** How many messages are kept in memory. */
  readonly keep: number;
  /** The page that shows the messages. Without one, `/` leads to their JSON. */
  readonly pageUrl?: string;
}

/**
 * Starts an HTTP endpoint that receives and refuses messages as Slack's incoming webhooks do, and lists them.
 */
export const startSlackInbox = async ({
  host,
  port,
  storeFile,
  keep,
  pageUrl = '/messages',
}: SlackInboxProps): Promise<SlackInbox> => {
  const messages = await openMessages({ keep, ...(storeFile === undefined ? {} : { storeFile }) });
  const route = routeOf(new Inbox(messages, pageUrl));
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
  // On a reused connection, a request may cross the server's close, and the sender cannot tell whether it
  // arrived.
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

/** Dispatches by path and method. Every path under /services/ is a webhook. */
function routeOf(inbox: Inbox): Route {
  const webhook: Record<string, Route> = { POST: inbox.receive };
  const routes: Record<string, Record<string, Route>> = {
    '/': { GET: inbox.leadToPage },
    '/messages': { GET: inbox.listMessages, HEAD: inbox.listMessages, DELETE: inbox.clear },
    '/behaviour': { GET: inbox.showBehaviour, PUT: inbox.setBehaviour },
  };
  return (request, response) => {
    const path = (request.url ?? '/').replace(/\?.*/, '');
    const methods = path.startsWith('/services/') ? webhook : routes[path];
    if (!methods) return answer(response, 404, 'not found');
    const act = methods[request.method ?? ''];
    return act
      ? act(request, response)
      : answer(response, 405, 'method not allowed', { allow: Object.keys(methods).join(', ') });
  };
}
