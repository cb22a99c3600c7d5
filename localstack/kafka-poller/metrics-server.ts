import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from './log.ts';
import type { Metrics } from './metrics.ts';

type MetricsServer = { port: number; close: () => void };

/** Serves GET /metrics and GET /healthz on loopback. Port 0 takes any free port. */
export function serveMetrics(
  port: number,
  metrics: Pick<Metrics, 'render' | 'contentType'>,
): Promise<MetricsServer> {
  const server = http.createServer(async (request, response) => {
    try {
      if (request.url === '/metrics') {
        const text = await metrics.render();
        response.setHeader('content-type', metrics.contentType).end(text);
      } else if (request.url === '/healthz') {
        response.setHeader('content-type', 'text/plain').end('ok\n');
      } else {
        response.writeHead(404).end();
      }
    } catch (error) {
      response.writeHead(500).end(`${messageOf(error)}\n`);
    }
  });
  // The open port must not keep the process alive when polling has ended.
  server.unref();
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: bound } = server.address() as AddressInfo;
      resolve({
        port: bound,
        close() {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}
