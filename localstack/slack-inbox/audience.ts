import type { ServerResponse } from 'node:http';

export interface Audience {
  /** Keeps the response open and sends it every later event. */
  readonly join: (response: ServerResponse) => void;
  readonly broadcast: (event: string, data: unknown) => void;
}

/** The open pages of the inbox, which listen for server-sent events. */
export const openAudience = (): Audience => {
  const listeners = new Set<ServerResponse>();
  return {
    join: (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(': hello\n\n');
      listeners.add(response);
      response.on('close', () => listeners.delete(response));
    },
    broadcast: (event, data) => {
      for (const listener of listeners) listener.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
  };
};
