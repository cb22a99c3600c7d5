import { formatOrigin, type KafkaRecord } from './kafka-event.ts';

type Headers = KafkaRecord['headers'];

/**
 * The headers of a message to send, as `KafkaRecord` has those of a message received. An undefined one is
 * left out.
 */
export type OutgoingHeaders = { readonly [Name in keyof Headers]: Headers[Name] | undefined };

/**
 * Encodes headers as `decodeKafkaEvent` reads them. A `source` without a `row`, or the other way round, is
 * left out: only together are they a sequence number.
 */
export function encodeHeaders(headers: OutgoingHeaders): Record<string, string> {
  const { source, row, origin, attempt, retryFor, failedIn, firstFailedAtMs, cause, columns } = headers;
  const texts = {
    ...(source !== undefined && row !== undefined ? { source, row: String(row) } : {}),
    origin: origin && formatOrigin(origin),
    attempt: attempt?.toString(),
    'retry-for': retryFor,
    'failed-in': failedIn,
    'first-failed-at': firstFailedAtMs === undefined ? undefined : new Date(firstFailedAtMs).toISOString(),
    cause,
    columns,
  };
  return Object.fromEntries(
    Object.entries(texts).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
  );
}
