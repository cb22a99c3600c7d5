import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves GET /metrics and GET /healthz on loopback; resolves to the port. */
export function serveMetrics(port: number, render: () => string): Promise<number> {
  const server = http.createServer((request, response) => {
    if (request.url === '/metrics') {
      response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8').end(render());
    } else if (request.url === '/healthz') {
      response.setHeader('content-type', 'text/plain').end('ok\n');
    } else {
      response.writeHead(404).end();
    }
  });
  // The process lives as long as it polls, not as long as it is scraped.
  server.unref();
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address: AddressInfo | string | null = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
