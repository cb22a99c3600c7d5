import { randomUUID } from 'node:crypto';
import { countRecords, eventBody, type Place, positions, type Slice } from './batch.ts';
import type { Invocation } from './outcome.ts';

export type Condition = 'RetriesExhausted' | 'MaximumRecordAgeExceeded' | 'MaximumPayloadSizeExceeded';

export type Failure = {
  place: Place;
  slices: Slice[];
  condition: Condition;
  invokes: number;
  invocation: Invocation | undefined;
  functionArn: string;
  eventSourceArn: string | undefined;
  bootstrapServers: string;
  at: Date;
};

/**
 * The message for an on-failure destination: metadata for SQS and SNS, also the event as text for S3, or the
 * event as an object, of a single record, for Kafka. The tests hold the samples of
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html and kafka-on-failure-destination.html.
 */
export function failureRecord(failure: Failure, payload?: 'text' | 'object'): string {
  const { place, slices, invocation } = failure;
  const event = eventBody(place.envelope, slices);
  const record = {
    requestContext: {
      requestId: invocation?.requestId || randomUUID(),
      functionArn: failure.functionArn,
      condition: conditionFor(failure.condition, payload),
      approximateInvokeCount: failure.invokes,
    },
    // Null when the function never answered: the records were too large, or too old before the first invoke.
    responseContext: invocation
      ? {
          statusCode: invocation.statusCode,
          executedVersion: invocation.executedVersion,
          functionError: invocation.functionError ?? null,
        }
      : null,
    version: '1.0',
    timestamp: failure.at.toISOString(),
    KafkaBatchInfo: {
      batchSize: countRecords(slices),
      ...(failure.eventSourceArn && { eventSourceArn: failure.eventSourceArn }),
      bootstrapServers: failure.bootstrapServers,
      payloadSize: event.length,
      ...(payload === 'object' ? { recordInfo: single(slices) } : { recordsInfo: range(failure) }),
    },
    ...(payload === 'text' && { payload: event.toString() }),
  };
  const text = JSON.stringify(record);
  return payload === 'object' ? `${text.slice(0, -1)},"payload":${event.toString()}}` : text;
}

/** AWS's two pages give this condition different names. */
function conditionFor(condition: Condition, payload: 'text' | 'object' | undefined): string {
  return condition === 'RetriesExhausted' && payload !== 'object' ? 'RetryAttemptsExhausted' : condition;
}

function single(slices: Slice[]) {
  const [position] = positions(slices);
  return position && { offset: String(position.offset), timestamp: iso(position.timestampMs) };
}

function range({ place, slices }: Failure) {
  const all = [...positions(slices)];
  const [first, last] = [all[0], all.at(-1)];
  if (!first || !last) return {};
  return {
    [`${place.topic}-${place.partition}`]: {
      firstRecordOffset: String(first.offset),
      lastRecordOffset: String(last.offset),
      firstRecordTimestamp: iso(first.timestampMs),
      lastRecordTimestamp: iso(last.timestampMs),
    },
  };
}

/** A producer may write any number as a record's time, but a date cannot be later than the year 275760. */
function iso(ms: number): string {
  const latest = 8.64e15;
  return new Date(Math.max(-latest, Math.min(ms, latest))).toISOString();
}
