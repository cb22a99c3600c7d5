import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Refusal } from './contract.ts';
import { denialOf, documentHeaders, securityHeaders } from './guard.ts';
import type { Asset } from './page-assets.ts';

/** A request that cannot be answered. Its message is shown to the user. */
export class Refused extends Error {
  readonly status: number;
  readonly starting: boolean;
  constructor(status: number, message: string, { starting = false } = {}) {
    super(message);
    this.status = status;
    this.starting = starting;
  }
}

/** `gone` aborts when nobody waits for the answer any more. */
export type Read = (query: URLSearchParams, gone: AbortSignal) => Promise<unknown>;
export type Act = (query: URLSearchParams, request: IncomingMessage, gone: AbortSignal) => Promise<unknown>;

/** An HTML document, as text. */
export type ReadDocument = (query: URLSearchParams) => Promise<string>;

export interface ConsoleServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves the page and its JSON answers on the loopback interface. */
export async function startConsoleServer(options: {
  /** 0 takes a free port. */
  readonly port: number;
  /** By path; the file for `/` is the answer to every other path too, since the page does its own routing. */
  readonly assets: ReadonlyMap<string, Asset>;
  readonly reads: Readonly<Record<string, Read>>;
  /** Pages that others made. They run no scripts. */
  readonly documents: Readonly<Record<string, ReadDocument>>;
  readonly acts: Readonly<Record<string, Act>>;
}): Promise<ConsoleServer> {
  const { assets, reads, documents, acts } = options;

  const route = async (request: IncomingMessage, response: ServerResponse, port: number) => {
    const { method = 'GET', headers } = request;
    const denial = denialOf({ method, headers }, port);
    if (denial) return refuse(response, denial.status, { error: denial.error });
    const { pathname, searchParams } = new URL(request.url ?? '/', `http://127.0.0.1:${port}`);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const isRead = method === 'GET' || method === 'HEAD';
    const document = Object.hasOwn(documents, pathname) ? documents[pathname] : undefined;
    if (document && isRead) return sendDocument(response, await document(searchParams));
    if (!pathname.startsWith('/api/'))
      return sendAsset(response, assets.get(pathname) ?? assets.get('/'), isRead);
    const read = Object.hasOwn(reads, pathname) ? reads[pathname] : undefined;
    const act = Object.hasOwn(acts, pathname) ? acts[pathname] : undefined;
    if (isRead && read) return sendJson(response, 200, await read(searchParams, gone.signal));
    if (method === 'POST' && act)
      return sendJson(response, 200, await act(searchParams, request, gone.signal));
    if (!read && !act) return refuse(response, 404, { error: `There is nothing at ${pathname}.` });
    return refuse(response, 405, { error: `${pathname} does not take ${method}.` });
  };

  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    route(request, response, port).catch((error: unknown) => fail(response, error));
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof Refused) {
    const { status, message, starting } = error;
    refuse(response, status, starting ? { error: message, starting } : { error: message });
    return;
  }
  console.error(
    JSON.stringify({ event: 'failed', reason: error instanceof Error ? error.stack : String(error) }),
  );
  refuse(response, 502, { error: error instanceof Error ? error.message : String(error) });
}

const refuse = (response: ServerResponse, status: number, refusal: Refusal) =>
  sendJson(response, status, refusal);

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { ...securityHeaders, 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function sendDocument(response: ServerResponse, html: string): void {
  response.writeHead(200, { ...documentHeaders, 'content-type': 'text/html; charset=utf-8' });
  response.end(html);
}

function sendAsset(response: ServerResponse, asset: Asset | undefined, isRead: boolean): void {
  if (!asset) throw new Error('The page was not built: it has no file for /');
  if (!isRead) throw new Refused(405, 'The page can only be read.');
  response.writeHead(200, { ...securityHeaders, 'content-type': asset.type });
  response.end(asset.content);
}
