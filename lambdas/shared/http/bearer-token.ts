import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { Refusal } from './refusals.ts';

const credentials = /^Bearer +([\x21-\x7e]{1,512})$/i;

/**
 * Rejects requests without an accepted token: 401 without a token, 403 with another one. The answer says
 * nothing more.
 */
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

/**
 * Returns whether a token is valid. The time it takes does not depend on the valid tokens or on which one
 * matches.
 */
export function isOneOf(valid: readonly string[], token: string): boolean {
  const given = digest(token);
  return valid.reduce((found, each) => timingSafeEqual(digest(each), given) || found, false);
}

/** All digests have the same length, whatever the length of the token. */
const digest = (token: string) => createHash('sha256').update(token).digest();
