import type { IncomingMessage, ServerResponse } from 'node:http';
import { RefusedPayload } from './payload.ts';

const maxBodyBytes = 1024 * 1024;

export const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes)
      throw new RefusedPayload('invalid_payload', `the body exceeds ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

export const answer = (
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
) => response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(body);

export const answerJson = (response: ServerResponse, body: unknown, headers: Record<string, string> = {}) =>
  answer(response, 200, JSON.stringify(body), {
    'content-type': 'application/json; charset=utf-8',
    ...headers,
  });
