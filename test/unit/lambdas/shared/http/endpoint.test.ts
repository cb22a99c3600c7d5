import { describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { BadRecord } from '../../../../../lambdas/shared/failures/failures.ts';
import {
  type Answer,
  readingEndpoint,
  writingEndpoint,
} from '../../../../../lambdas/shared/http/endpoint.ts';
import { Refusal } from '../../../../../lambdas/shared/http/refusals.ts';
import { noContext, proxyEvent } from './proxy-event.ts';

const ok: Answer = { status: 200, type: 'application/json', body: '{"fine":true}' };

function endpoint({ answer = async (_: unknown) => ok, record = async () => {} } = {}) {
  const counted: string[] = [];
  const errors: unknown[] = [];
  const handler = writingEndpoint({
    route: '/predict',
    method: 'POST',
    accepts: async (token) => token === 'right',
    maxBodyBytes: 50,
    answer,
    record: async ({ route, method, status, seconds }) => {
      expect(seconds).toBeGreaterThanOrEqual(0);
      counted.push(`${method} ${route} ${status}`);
      await record();
    },
    log: { info: () => {}, error: (...parts: unknown[]) => void errors.push(parts) },
  });
  const call = async (event: APIGatewayProxyEvent) => {
    const { statusCode, body, headers } = await handler(event, noContext);
    return { status: statusCode, body: JSON.parse(body) as unknown, headers };
  };
  return { call, counted, errors };
}

test('a response has security headers, is not cacheable, and is counted', async () => {
  const bodies: unknown[] = [];
  const { call, counted } = endpoint({
    answer: async (body) => {
      bodies.push(body);
      return ok;
    },
  });
  const { status, body, headers } = await call(proxyEvent({ token: 'right', body: { a: 1 } }));
  expect({ status, body }).toEqual({ status: 200, body: { fine: true } });
  expect(headers).toMatchObject({
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Strict-Transport-Security': expect.stringContaining('max-age'),
  });
  expect(bodies).toEqual([{ a: 1 }]);
  expect(counted).toEqual(['POST /predict 200']);
});

describe('a rejected request', () => {
  const bytes = (count: number) => JSON.stringify('x'.repeat(count - 2));
  test.each([
    ['no token', proxyEvent({ body: {} }), 401, 'Unauthorized'],
    [
      'another scheme',
      proxyEvent({ body: {}, headers: { Authorization: 'Basic right' } }),
      401,
      'Unauthorized',
    ],
    ['an empty token', proxyEvent({ token: '', body: {} }), 401, 'Unauthorized'],
    ['a token with a space', proxyEvent({ token: 'right right', body: {} }), 401, 'Unauthorized'],
    ['another token', proxyEvent({ token: 'wrong', body: {} }), 403, 'Forbidden'],
    ['only the start of a token', proxyEvent({ token: 'righ', body: {} }), 403, 'Forbidden'],
    [
      'another token with a body that is too large',
      proxyEvent({ token: 'wrong', body: bytes(51) }),
      403,
      'Forbidden',
    ],
    [
      'a large body',
      proxyEvent({ token: 'right', body: bytes(51) }),
      413,
      'body: found 51 bytes, expected at most 50',
    ],
    [
      'a large body in base64',
      {
        ...proxyEvent({ token: 'right', body: Buffer.from(bytes(51)).toString('base64') }),
        isBase64Encoded: true,
      },
      413,
      'body: found 51 bytes, expected at most 50',
    ],
    ['no body', proxyEvent({ token: 'right', body: '' }), 400, 'body: found no JSON, expected a JSON object'],
    [
      'broken JSON',
      proxyEvent({ token: 'right', body: '{"a":' }),
      400,
      'body: found no JSON, expected a JSON object',
    ],
    [
      'another content type',
      proxyEvent({ token: 'right', body: {}, headers: { 'Content-Type': 'text/plain' } }),
      415,
      'Content-Type: expected application/json',
    ],
  ])('a request with %s is counted and rejected before the handler runs', async (_, event, status, error) => {
    const handled: unknown[] = [];
    const { call, counted, errors } = endpoint({
      answer: async (body) => {
        handled.push(body);
        return ok;
      },
    });
    expect(await call(event)).toMatchObject({ status, body: { error } });
    expect(handled).toEqual([]);
    expect(counted).toEqual([`POST /predict ${status}`]);
    expect(errors).toEqual([]);
  });
});

test('a body of the largest allowed size is read, in base64 too', async () => {
  const body = JSON.stringify('x'.repeat(48));
  const { call } = endpoint();
  expect(await call(proxyEvent({ token: 'right', body }))).toMatchObject({ status: 200 });
  const encoded = proxyEvent({ token: 'right', body: Buffer.from(body).toString('base64') });
  expect(await call({ ...encoded, isBase64Encoded: true })).toMatchObject({ status: 200 });
});

test.each([
  ['a bad field', new BadRecord('TYPE_ERROR', 'amount: found "x"'), 400, 'amount: found "x"', 0],
  ['a refusal', new Refusal(409, 'taken'), 409, 'taken', 0],
  [
    'an outage',
    Object.assign(new Error('secret host'), { code: 'ECONNREFUSED' }),
    503,
    'Service Unavailable',
    1,
  ],
  ['a bug', new TypeError('x of undefined'), 500, 'Internal Server Error', 1],
])(
  '%s gets its status and text, and is logged if it is a fault of the server',
  async (_, error, status, text, logged) => {
    const { call, counted, errors } = endpoint({ answer: () => Promise.reject(error) });
    expect(await call(proxyEvent({ token: 'right', body: {} }))).toMatchObject({
      status,
      body: { error: text },
    });
    expect(counted).toEqual([`POST /predict ${status}`]);
    expect(errors).toHaveLength(logged);
  },
);

test('a temporary failure says when to try again', async () => {
  const { call } = endpoint({
    answer: () => Promise.reject(new Refusal(503, 'later', { headers: { 'Retry-After': '1' } })),
  });
  const { headers } = await call(proxyEvent({ token: 'right', body: {} }));
  expect(headers).toMatchObject({ 'Retry-After': '1' });
});

test('an endpoint without a token check reads neither token nor body', async () => {
  const handler = readingEndpoint({
    route: '/healthz',
    method: 'GET',
    answer: async () => ok,
    record: async () => {},
    log: { info: () => {}, error: () => {} },
  });
  const event = { ...proxyEvent({ method: 'GET' }), headers: {} };
  expect(await handler(event, noContext)).toMatchObject({ statusCode: 200 });
});

test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE'])(
  '%s where only POST is allowed gets 405 and the allowed method, before its token is looked at',
  async (method) => {
    const { call, counted, errors } = endpoint();
    const { status, body, headers } = await call(proxyEvent({ method, body: {} }));
    expect({ status, body, allow: headers?.Allow }).toEqual({
      status: 405,
      body: { error: `${method} is not allowed here: use POST` },
      allow: 'POST',
    });
    // A series of requests has a method that its path takes.
    expect([counted, errors]).toEqual([[], []]);
  },
);
