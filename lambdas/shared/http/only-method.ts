import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { Method } from '../metrics/metrics.ts';

/**
 * Answers any other method with 405 and the one that the path has. API Gateway itself would answer 403, as
 * for a missing token.
 */
export const onlyMethod = (
  method: Method,
): MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult, Error> => ({
  before: ({ event }) =>
    event.httpMethod === method
      ? undefined
      : {
          statusCode: 405,
          headers: { 'Content-Type': 'application/json', Allow: method, 'Cache-Control': 'no-store' },
          body: JSON.stringify({ error: `${event.httpMethod} is not allowed here: use ${method}` }),
        },
});
