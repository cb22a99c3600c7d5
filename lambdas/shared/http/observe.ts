import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { Method, Route } from '../metrics/metrics.ts';

export interface AnsweredRequest {
  readonly route: Route;
  readonly method: Method;
  readonly status: number;
  readonly seconds: number;
}

/** Counts a request. Must not throw: a response is sent even if it could not be counted. */
export type RecordRequest = (request: AnsweredRequest) => Promise<void>;

export interface ObserveOptions {
  readonly route: Route;
  readonly method: Method;
  readonly record: RecordRequest;
}

/** Counts every request before its response is sent. */
export function observe({
  route,
  method,
  record,
}: ObserveOptions): MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult, Error> {
  let startedAtMs = 0;
  const answered = async ({ response }: { response: APIGatewayProxyResult | null }): Promise<void> => {
    const seconds = (performance.now() - startedAtMs) / 1000;
    await record({ route, method, status: response?.statusCode ?? 500, seconds });
  };
  return {
    before: () => {
      // An execution environment of Lambda handles one request at a time.
      startedAtMs = performance.now();
    },
    after: answered,
    onError: answered,
  };
}
