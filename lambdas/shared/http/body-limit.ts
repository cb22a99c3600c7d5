import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { Refusal } from './refusals.ts';

/** Rejects a larger body before it is parsed. */
export const bodyLimit = (maxBytes: number): MiddlewareObj<APIGatewayProxyEvent> => ({
  before: ({ event: { body, isBase64Encoded } }) => {
    const bytes = Buffer.byteLength(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
    if (bytes > maxBytes) throw new Refusal(413, `body: found ${bytes} bytes, expected at most ${maxBytes}`);
  },
});
