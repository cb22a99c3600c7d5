import type { IncomingHttpHeaders } from 'node:http';
import { writeHeader } from './contract.ts';

/** Why a request is refused. */
export interface Denial {
  readonly status: 403 | 421;
  readonly error: string;
}

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Refuses requests that a page of another site makes a browser send. A name that resolves to 127.0.0.1 ("DNS
 * rebinding") shows in Host. Another origin shows in Sec-Fetch-Site and Origin, and cannot set our header.
 */
export function denialOf(
  { method, headers }: { readonly method: string; readonly headers: IncomingHttpHeaders },
  port: number,
): Denial | undefined {
  const hosts = loopbackNames.map((name) => `${name}:${port}`);
  const { host = '', origin } = headers;
  if (!hosts.includes(host))
    return { status: 421, error: `This server answers at http://127.0.0.1:${port}, not at "${host}".` };
  const site = headers['sec-fetch-site'];
  const isNavigation = method === 'GET' && headers['sec-fetch-mode'] === 'navigate';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isNavigation)
    return { status: 403, error: 'Another site may not use the console.' };
  if (origin !== undefined && origin !== `http://${host}`)
    return { status: 403, error: `The console takes no requests of ${origin}.` };
  if (method === 'GET' || method === 'HEAD') return undefined;
  if (origin === undefined || headers[writeHeader] === undefined)
    return { status: 403, error: `A change needs the headers Origin and ${writeHeader}.` };
  return undefined;
}

/** Sent with every answer. The page's scripts and styles come from this server alone. */
export const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;

/** Sent with a document of its own: it brings its styles with it, and nothing else. */
export const documentHeaders = {
  ...securityHeaders,
  'content-security-policy':
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;
