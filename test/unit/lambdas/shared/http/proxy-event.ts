import type { APIGatewayProxyEvent, Context } from 'aws-lambda';

interface RequestOptions {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/**
 * What API Gateway makes of a request, as far as an endpoint looks at it. A body that is no text is sent as
 * JSON.
 */
export const proxyEvent = ({
  method = 'POST',
  token,
  body,
  headers = {},
}: RequestOptions = {}): APIGatewayProxyEvent =>
  ({
    httpMethod: method,
    headers: {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: typeof body === 'string' || body === undefined ? (body ?? null) : JSON.stringify(body),
    isBase64Encoded: false,
  }) as Partial<APIGatewayProxyEvent> as APIGatewayProxyEvent;

export const noContext = {} as Context;
