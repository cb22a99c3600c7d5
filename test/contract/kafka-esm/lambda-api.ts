import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type EventRecord = {
  topic: string;
  partition: number;
  offset: number;
  timestamp: number;
  timestampType: string;
  key?: string;
  value?: string;
  headers: { [name: string]: number[] | null }[];
};
export type KafkaEvent = {
  eventSource: string;
  eventSourceArn?: string;
  bootstrapServers: string;
  records: { [partition: string]: EventRecord[] };
};
type InvokeCall = {
  functionArn: string;
  event: KafkaEvent;
  bytes: number;
  at: number;
  answer: Answer;
};
export type Answer = {
  status?: number;
  functionError?: string;
  body?: unknown;
  delayMs?: number;
  destroy?: true;
  /** Set when the answer was sent. */
  done?: true;
};
export type Behaviour = (event: KafkaEvent, earlier: InvokeCall[]) => Answer | Promise<Answer>;
export type RawMapping = { UUID: string; [field: string]: unknown };

/** A call of another service than Lambda: MSK, S3, SQS, SNS or Secrets Manager. */
type OtherCall = {
  method: string;
  path: string;
  headers: http.IncomingHttpHeaders;
  body: string;
  /** The status of the answer. */
  status?: number;
};

export const recordsOf = (event: KafkaEvent): EventRecord[] => Object.values(event.records).flat();
export const textOf = (record: EventRecord): string => Buffer.from(record.value ?? '', 'base64').toString();

/** The bytes in memory that a header of the poller names. Undefined when the poller has given up the call. */
function sharedEvent(header: string): string | undefined {
  const [file = '', , length] = header.split(' ');
  try {
    return readFileSync(file).toString('utf8', 0, Number(length));
  } catch {
    return undefined;
  }
}

/**
 * A Lambda API that stores mappings and answers invokes as the test says. With `isSharing`, it reads events
 * from the poller's memory.
 */
export async function startLambdaApi({ isSharing = false } = {}) {
  const mappings = new Map<string, RawMapping>();
  const behaviours = new Map<string, Behaviour>();
  const calls: InvokeCall[] = [];
  const otherCalls: OtherCall[] = [];
  let other: (call: OtherCall) => { status: number; body?: string } = () => ({ status: 404 });
  let inFlight = 0;
  let mostInFlight = 0;
  let sharedInvokes = 0;

  const invoke = async (functionArn: string, body: string, response: http.ServerResponse) => {
    const event: KafkaEvent = JSON.parse(body);
    const behave = behaviours.get(functionArn) ?? ((): Answer => ({}));
    const earlier = calls.filter((call) => call.functionArn === functionArn);
    const call: InvokeCall = {
      functionArn,
      event,
      bytes: Buffer.byteLength(body),
      at: performance.now(),
      answer: {},
    };
    calls.push(call);
    mostInFlight = Math.max(mostInFlight, ++inFlight);
    const answer = await behave(event, earlier);
    if (answer.delayMs) await new Promise((resolve) => setTimeout(resolve, answer.delayMs));
    call.answer = { ...answer, done: true };
    inFlight--;
    if (answer.destroy) return response.destroy();
    if (answer.functionError) response.setHeader('x-amz-function-error', answer.functionError);
    response.setHeader('x-amz-executed-version', '$LATEST').setHeader('x-amzn-requestid', randomUUID());
    response.writeHead(answer.status ?? 200).end(JSON.stringify(answer.body ?? null));
  };

  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const shared = isSharing ? request.headers['x-isobar-event'] : undefined;
    const body = typeof shared === 'string' ? sharedEvent(shared) : await text(request);
    if (body === undefined) return response.writeHead(500).end();
    const [, functionArn] = url.pathname.match(/^\/2015-03-31\/functions\/([^/]+)\/invocations$/) ?? [];
    if (functionArn) {
      if (shared) sharedInvokes++;
      return invoke(decodeURIComponent(functionArn), body, response);
    }
    if (shared) return response.end(body);
    if (url.pathname === '/2015-03-31/event-source-mappings/') {
      const all = [...mappings.values()];
      // Two per page, so that every test covers paging.
      const from = Number(url.searchParams.get('Marker') ?? 0);
      const next = from + 2 < all.length ? { NextMarker: String(from + 2) } : {};
      return response.end(JSON.stringify({ EventSourceMappings: all.slice(from, from + 2), ...next }));
    }
    const call: OtherCall = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body,
    };
    otherCalls.push(call);
    const answer = other(call);
    call.status = answer.status;
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    otherCalls,
    mostInFlight: () => mostInFlight,
    sharedInvokes: () => sharedInvokes,
    callsOf: (functionArn: string) => calls.filter((call) => call.functionArn === functionArn),

    /** Adds or replaces a mapping. Without an EventSourceArn it is a self-managed one. */
    put(mapping: { [field: string]: unknown }): RawMapping {
      const UUID = typeof mapping.UUID === 'string' ? mapping.UUID : randomUUID();
      const whole: RawMapping = { State: 'Enabled', StartingPosition: 'TRIM_HORIZON', ...mapping, UUID };
      mappings.set(UUID, whole);
      return whole;
    },
    mappings: () => [...mappings.values()],
    remove: (uuid: string) => mappings.delete(uuid),
    behave: (functionArn: string, behaviour: Behaviour) => behaviours.set(functionArn, behaviour),
    answerOthers(answer: typeof other) {
      other = answer;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export type LambdaApi = Awaited<ReturnType<typeof startLambdaApi>>;
