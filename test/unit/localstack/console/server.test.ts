import { request } from 'node:http';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { writeHeader } from '../../../../localstack/console/contract.ts';
import { type ConsoleServer, Refused, startConsoleServer } from '../../../../localstack/console/server.ts';

let server: ConsoleServer;
let port: number;
let acted: number;

beforeEach(async () => {
  acted = 0;
  server = await startConsoleServer({
    port: 0,
    assets: new Map([['/', { type: 'text/html', content: Buffer.from('<p>the page') }]]),
    reads: {
      '/api/echo': async (query) => ({ said: query.get('say') }),
      '/api/starting': async () => {
        throw new Refused(503, 'later', { starting: true });
      },
      '/api/broken': async () => {
        throw new Error('Postgres is down');
      },
    },
    documents: { '/report': async (query) => `<p>${query.get('version')}` },
    acts: {
      '/api/echo': async () => {
        acted += 1;
        return { acted };
      },
    },
  });
  port = Number(new URL(server.url).port);
});
afterEach(() => server.close());

const send = (path: string, { method = 'GET', ...headers }: Record<string, string> = {}) =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers }, async (response) => {
      const body = (await response.toArray()).join('');
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
    })
      .on('error', reject)
      .end();
  });

const ownOrigin = () => ({ origin: server.url, [writeHeader]: '1' });

test('the server answers a read with JSON, and every other path with the page', async () => {
  expect(await send('/api/echo?say=hello')).toMatchObject({ status: 200, body: '{"said":"hello"}' });
  expect(await send('/files')).toMatchObject({ status: 200, body: '<p>the page' });
  expect(await send('/api/nothing')).toMatchObject({ status: 404 });
});

test('a document runs no script, and loads nothing', async () => {
  const { status, headers, body } = await send('/report?version=v1');
  expect({ status, body, type: headers['content-type'] }).toEqual({
    status: 200,
    body: '<p>v1',
    type: 'text/html; charset=utf-8',
  });
  expect(String(headers['content-security-policy']).split('; ')).toEqual(
    expect.arrayContaining(['sandbox', "default-src 'none'", "style-src 'unsafe-inline'"]),
  );
  expect(String(headers['content-security-policy'])).not.toContain('script');
});

test('a request under a name that only resolves to this machine is refused', async () => {
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', '127.0.0.1:1'])
    for (const path of ['/', '/api/echo']) expect(await send(path, { host })).toMatchObject({ status: 421 });
  expect(await send('/api/echo', { host: `localhost:${port}` })).toMatchObject({ status: 200 });
});

test('a request of another site is refused', async () => {
  for (const site of ['cross-site', 'same-site'])
    expect(await send('/api/echo', { 'sec-fetch-site': site })).toMatchObject({ status: 403 });
  for (const origin of ['http://evil.example', 'null', `http://127.0.0.1:${port + 1}`])
    expect(await send('/api/echo', { origin })).toMatchObject({ status: 403 });
});

test('a link from another site opens the page', async () => {
  const navigation = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  expect(await send('/files', navigation)).toMatchObject({ status: 200 });
});

test('only the page itself can change something', async () => {
  const { origin, ...header } = ownOrigin();
  const refused = [{}, { origin }, header, { origin: 'http://evil.example', ...header }];
  for (const headers of refused)
    expect(await send('/api/echo', { method: 'POST', ...headers })).toMatchObject({ status: 403 });
  expect(acted).toBe(0);
  expect(await send('/api/echo', { method: 'POST', ...ownOrigin() })).toMatchObject({ status: 200 });
  expect(acted).toBe(1);
});

test('a change is never made by a GET, and a method that a path does not have is refused', async () => {
  await send('/api/echo');
  expect(acted).toBe(0);
  expect(await send('/api/starting', { method: 'POST', ...ownOrigin() })).toMatchObject({ status: 405 });
  expect(await send('/api/echo', { method: 'DELETE', ...ownOrigin() })).toMatchObject({ status: 405 });
  expect(await send('/', { method: 'POST', ...ownOrigin() })).toMatchObject({ status: 405 });
});

test('every answer forbids scripts of elsewhere, framing and use by other sites', async () => {
  for (const path of ['/', '/api/echo', '/api/starting', '/api/nothing']) {
    const { headers } = await send(path);
    expect(headers['content-security-policy']).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self'",
    );
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
  }
});

test('a failing read says why and is logged, and a platform that is starting says so', async () => {
  const log = jest.spyOn(console, 'error').mockImplementation(() => {});
  expect(await send('/api/broken')).toMatchObject({ status: 502, body: '{"error":"Postgres is down"}' });
  expect(await send('/api/starting')).toMatchObject({
    status: 503,
    body: '{"error":"later","starting":true}',
  });
  expect(log.mock.calls.map(String)).toEqual([expect.stringContaining('Postgres is down')]);
  log.mockRestore();
});
