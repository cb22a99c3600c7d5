import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { SignatureV4 } from '@smithy/signature-v4';

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

export type AwsRequest = {
  /** The name of the service in the signature: lambda, kafka, s3, sqs, … */
  service: string;
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Already percent-encoded. */
  path: string;
  query?: { [name: string]: string };
  headers?: { [name: string]: string };
  body?: Buffer | Buffer[];
  timeoutMs?: number;
  /**
   * Whether it may be sent again over a new connection when a kept one turns out to be closed. Default: true.
   */
  repeatable?: boolean;
};

type AwsResponse = { status: number; headers: http.IncomingHttpHeaders; body: Buffer };
export type Aws = (request: AwsRequest) => Promise<AwsResponse>;

/**
 * Creates the function that sends one signed request over a kept-alive connection. An invoke with 100 records
 * takes 0.6 ms of CPU this way and 1.6 ms with the AWS SDK. With 10,000 records there is no difference.
 */
export function createAws({
  endpoint,
  region,
  credentials,
}: {
  endpoint: URL;
  region: string;
  credentials: Credentials;
}): Aws {
  const transport = endpoint.protocol === 'https:' ? https : http;
  // Emulators check no signature, and hashing events of several megabytes is a tenth of the work.
  const emulated = isLoopback(endpoint.hostname);
  const agent = new transport.Agent({ keepAlive: true });
  const signers = new Map<string, SignatureV4>();
  const signerOf = (service: string) => {
    const signer =
      signers.get(service) ??
      new SignatureV4({ service, region, credentials, sha256: Sha256, uriEscapePath: service !== 's3' });
    signers.set(service, signer);
    return signer;
  };

  return async ({
    service,
    method,
    path,
    query = {},
    headers = {},
    body = [],
    timeoutMs = 10_000,
    repeatable = true,
  }) => {
    const parts = Array.isArray(body) ? body : [body];
    const signed = await signerOf(service).sign({
      protocol: endpoint.protocol,
      hostname: endpoint.hostname,
      method,
      path,
      query,
      headers: {
        ...headers,
        host: endpoint.host,
        'x-amz-content-sha256': emulated ? 'UNSIGNED-PAYLOAD' : hashOf(parts),
      },
    });
    const search = new URLSearchParams(query).toString().replaceAll('+', '%20');
    const send = (over: http.Agent | false) =>
      transport.request({
        agent: over,
        method,
        host: endpoint.hostname,
        port: endpoint.port,
        path: search ? `${path}?${search}` : path,
        headers: {
          ...signed.headers,
          'content-length': parts.reduce((sum, { length }) => sum + length, 0),
        },
        timeout: timeoutMs,
      });
    const first = send(agent);
    return exchange(first, parts).catch((error) => {
      // The other side may close a kept connection at the moment when it is used again.
      if (repeatable && first.reusedSocket && error.code === 'ECONNRESET')
        return exchange(send(false), parts);
      throw error;
    });
  };
}

function hashOf(parts: Buffer[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

function exchange(request: http.ClientRequest, parts: Buffer[]): Promise<AwsResponse> {
  return new Promise((resolve, reject) => {
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      );
    });
    for (const part of parts) request.write(part);
    request.end();
  });
}

/** The signer's hash interface on OpenSSL. The signer's own JavaScript hash takes 30 ms for 6 MB. */
class Sha256 {
  #secret: Bytes | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: Bytes) {
    this.#secret = secret;
    this.#hash = this.#start();
  }

  #start(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', toBuffer(this.#secret));
  }

  update(data: Bytes) {
    this.#hash.update(toBuffer(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset() {
    this.#hash = this.#start();
  }
}

type Bytes = string | ArrayBuffer | ArrayBufferView;

function toBuffer(bytes: Bytes): Buffer {
  if (typeof bytes === 'string') return Buffer.from(bytes);
  return ArrayBuffer.isView(bytes)
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : Buffer.from(bytes);
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' ||
  host.endsWith('.localhost') ||
  host === '[::1]' ||
  /^127\.\d+\.\d+\.\d+$/.test(host);
