import middy from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import httpSecurityHeaders from '@middy/http-security-headers';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { Log } from '../aws/log.ts';
import type { Method, Status } from '../metrics/metrics.ts';
import { bearerToken } from './bearer-token.ts';
import { bodyLimit } from './body-limit.ts';
import { type ObserveOptions, observe } from './observe.ts';
import { onlyMethod } from './only-method.ts';
import { refusals } from './refusals.ts';

export interface Answer {
  readonly status: Status;
  readonly type: 'application/json' | 'text/plain; version=0.0.4; charset=utf-8';
  readonly body: string;
}

interface EndpointOptions {
  readonly log: Log;
  /** Returns whether a bearer token is accepted. Without this function, the endpoint is open to all. */
  readonly accepts?: (token: string) => Promise<boolean>;
}

/** An endpoint without `record` counts no requests, and so needs no database. */
type Uncounted = { readonly [Name in keyof ObserveOptions]?: undefined };

export type ReadingEndpointOptions = EndpointOptions & {
  readonly answer: () => Promise<Answer>;
} & (ObserveOptions | Uncounted);

export interface WritingEndpointOptions extends EndpointOptions, ObserveOptions {
  readonly accepts: (token: string) => Promise<boolean>;
  readonly maxBodyBytes: number;
  /** Gets the parsed JSON of the body. A BadRecord that it throws becomes status 400. */
  readonly answer: (body: unknown) => Promise<Answer>;
}

type Proxy = middy.MiddyfiedHandler<APIGatewayProxyEvent, APIGatewayProxyResult>;

export const readingEndpoint = (options: ReadingEndpointOptions): Proxy =>
  guarded('GET', options).handler(async () => toProxyResult(await options.answer()));

export const writingEndpoint = (options: WritingEndpointOptions): Proxy =>
  guarded('POST', options)
    .use(bodyLimit(options.maxBodyBytes))
    .use(httpJsonBodyParser())
    .handler(async ({ body }) => toProxyResult(await options.answer(body)));

/** Middlewares handle a request in this order, and its response or error in reverse order. */
function guarded(method: Method, options: EndpointOptions & (ObserveOptions | Uncounted)): Proxy {
  const { accepts, log } = options;
  // Before the count: no series has a method that no path takes.
  const open: Proxy = middy().use(onlyMethod(method));
  const first = options.record === undefined ? open : open.use(observe(options));
  const chain = first
    .use(httpSecurityHeaders())
    .use(httpErrorHandler({ logger: false, fallbackMessage: '{"error":"Internal Server Error"}' }))
    .use(refusals(log))
    .use(httpHeaderNormalizer());
  return accepts ? chain.use(bearerToken(accepts)) : chain;
}

const toProxyResult = ({ status, type, body }: Answer): APIGatewayProxyResult => ({
  statusCode: status,
  // No cache may store a response: it is for this caller, and soon out of date.
  headers: { 'Content-Type': type, 'Cache-Control': 'no-store' },
  body,
});
