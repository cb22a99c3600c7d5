import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { Refusal } from './refusals.ts';

const credentials = /^Bearer +([\x21-\x7e]{1,512})$/i;

/** Lets in who brings a token that is accepted. Who brings none, or another, is told nothing more than that. */
export const bearerToken = (
  accepts: (token: string) => Promise<boolean>,
): MiddlewareObj<APIGatewayProxyEvent> => ({
  before: async ({ event: { headers } }) => {
    const token = credentials.exec(headers?.authorization ?? '')?.[1];
    if (token === undefined)
      throw new Refusal(401, 'Unauthorized', { headers: { 'WWW-Authenticate': 'Bearer' } });
    if (!(await accepts(token))) throw new Refusal(403, 'Forbidden');
  },
});

/** Whether a token is one of those that are valid. How long it takes tells nothing of what they are, nor which one it was. */
export function isOneOf(valid: readonly string[], token: string): boolean {
  const given = digest(token);
  return valid.reduce((found, each) => timingSafeEqual(digest(each), given) || found, false);
}

/** Of one length, whatever the token. */
const digest = (token: string) => createHash('sha256').update(token).digest();
