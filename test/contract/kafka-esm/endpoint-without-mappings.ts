import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { KafkaEvent } from './lambda-api.ts';

/**
 * A proxy in front of an endpoint whose Lambda API stores no event source mappings. Collects the invokes, and
 * so gets their events as bodies.
 */
export async function startEndpointWithoutMappings(target: string) {
  const invokes: { functionName: string; event: KafkaEvent; status: number | undefined }[] = [];
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', target);
    if (url.pathname.startsWith('/2015-03-31/event-source-mappings')) {
      return response.end('{"EventSourceMappings":[]}');
    }
    if (url.pathname === '/_isobar/shared-event') {
      response.statusCode = 404;
      return response.end();
    }
    const body = await buffer(request);
    // A new connection each time: the other side may close a kept one just as it is used.
    const { method = 'GET', headers } = request;
    const forwarded = http.request(url, { method, headers, agent: false });
    forwarded.on('error', () => response.destroy());
    forwarded.on('response', (answer) => {
      const [, functionName] = url.pathname.match(/^\/2015-03-31\/functions\/([^/]+)\/invocations$/) ?? [];
      if (functionName) {
        const event: KafkaEvent = JSON.parse(body.toString());
        invokes.push({ functionName: decodeURIComponent(functionName), event, status: answer.statusCode });
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    invokes,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export type EndpointWithoutMappings = Awaited<ReturnType<typeof startEndpointWithoutMappings>>;
