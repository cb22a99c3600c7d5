import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { metricsApi } from '../../../../../lambdas/fraud/send-metrics/metrics-api.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** An API that answers with these statuses in turn; for undefined it closes the connection. */
async function api(...statuses: (number | undefined)[]) {
  const heard: { authorization: string | undefined; type: string | undefined; body: string }[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const body = (await request.toArray()).join('');
    heard.push({ authorization: request.headers.authorization, type: request.headers['content-type'], body });
    const status = statuses.shift();
    if (status === undefined) response.destroy();
    else response.writeHead(status, status === 302 ? { location: '/' } : {}).end('{"message":"a secret"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/update_metrics`, heard };
}

function tokens(...values: string[]) {
  let asked = 0;
  return { fetchToken: async () => values[Math.min(asked++, values.length - 1)] ?? '', asked: () => asked };
}

test('bodies are posted with a token that is fetched once', async () => {
  const { url, heard } = await api(200, 200);
  const { fetchToken, asked } = tokens('first', 'second');
  const post = metricsApi({ url, fetchToken });
  await post('{"updates":[]}');
  await post('{}');
  expect(heard).toEqual([
    { authorization: 'Bearer first', type: 'application/json', body: '{"updates":[]}' },
    { authorization: 'Bearer first', type: 'application/json', body: '{}' },
  ]);
  expect(asked()).toBe(1);
});

test.each([401, 403])('after status %i the token is fetched again', async (status) => {
  const { url, heard } = await api(status, 200);
  const post = metricsApi({ url, fetchToken: tokens('old', 'new').fetchToken });
  await expect(post('{}')).rejects.toThrow(`found status ${status}, expected 200`);
  await post('{}');
  expect(heard.map(({ authorization }) => authorization)).toEqual(['Bearer old', 'Bearer new']);
});

test.each([400, 413, 429, 500, 503])(
  'status %i is an error without the text of the response',
  async (status) => {
    const { url } = await api(status);
    const failure = await metricsApi({ url, fetchToken: tokens('t').fetchToken })('{}').catch(
      (error) => error,
    );
    expect(failure.message).toBe(`Sending metrics to ${url}: found status ${status}, expected 200`);
  },
);

test('a broken connection, a redirection and a missing token are errors', async () => {
  const broken = await api(undefined);
  await expect(metricsApi({ ...broken, fetchToken: tokens('t').fetchToken })('{}')).rejects.toThrow('failed');
  const redirecting = await api(302);
  await expect(metricsApi({ ...redirecting, fetchToken: tokens('t').fetchToken })('{}')).rejects.toThrow(
    'failed',
  );
  const fetchToken = async () => {
    throw new Error('no secret');
  };
  await expect(metricsApi({ ...redirecting, fetchToken })('{}')).rejects.toThrow('no secret');
});
