import { formatOrigin, type KafkaRecord, type Origin } from '../kafka/kafka-event.ts';
import { sourceId } from '../kafka/source.ts';
import { topicOf } from '../kafka/topic-generations.ts';
import { topics } from '../kafka/topics.ts';

/** The identity that all copies of a record share when it was sent more than once. */
export interface Identity {
  /** The key of `applied_origins`. */
  readonly id: string;
  /** The row of a file. Undefined for a record with an origin. */
  readonly source?: string;
  readonly row?: number;
}

/** Undefined for a record that only its offset identifies, and for an expected retry. */
export function identityOf({ topic, headers }: Pick<KafkaRecord, 'topic' | 'headers'>): Identity | undefined {
  const { source, row, origin, retryFor, attempt } = headers;
  if (isOnRetryTopic(topic) || (retryFor !== undefined && attempt)) return undefined;
  if (origin) return { id: originIdentity(origin, headers) };
  if (source === undefined || row === undefined) return undefined;
  return { id: rowIdentity(sourceId(source), row), source: sourceId(source), row };
}

export const rowIdentity = (source: string, row: number) => `${source}:${row}`;

/** A dead letter has an origin of its own for each consumer that failed to process it. */
export const originIdentity = (origin: Origin, { failedIn }: KafkaRecord['headers']) =>
  failedIn === undefined ? formatOrigin(origin) : `${formatOrigin(origin)}@${failedIn}`;

/** There the headers describe the next delivery of the record. Until then, only its offset identifies it. */
export const isOnRetryTopic = (topic: string) => topicOf(topic) === topics.retryData.name;
