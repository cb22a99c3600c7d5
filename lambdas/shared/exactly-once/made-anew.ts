import type { KafkaRecord } from '../kafka/kafka-event.ts';
import { topicOf } from '../kafka/topic-generations.ts';
import type { Query } from '../postgres/database.ts';
import type { Remembered } from './ledger.ts';

/** A topic was deleted and made anew, and its epoch was not raised. Its offsets count from 0 again. */
export class TopicMadeAnew extends Error {
  override readonly name = 'TopicMadeAnew';
}

type Place = Pick<KafkaRecord, 'topic' | 'partition' | 'offset' | 'timestampMs'>;

/** The records of a partition, in offset order. */
export interface PlacesOfPartition {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly Place[];
}

/**
 * Checks the records below the committed offset: they must be delivered again, and not new ones of a topic
 * that was made anew. A record that comes again has the same offset and the same timestamp. So it is no other
 * record than the first one at that offset, and it is not newer than all records that were processed. A
 * record in a gap was never seen, and may be newer.
 *
 * @throws TopicMadeAnew
 */
export async function refuseTopicMadeAnew(
  query: Query,
  consumer: string,
  partitions: readonly PlacesOfPartition[],
  { nextOffsets, firstOffsets, firstMs, newestMs }: Remembered,
): Promise<void> {
  for (const [index, { topic, partition, records }] of partitions.entries()) {
    const nextOffset = nextOffsets[index] ?? 0;
    if ((records[0]?.offset ?? 0) >= nextOffset) continue;
    const below = records.filter(({ offset }) => offset < nextOffset);
    const isOther = ({ offset, timestampMs }: Place) =>
      offset === firstOffsets[index] && timestampMs !== firstMs[index];
    const newer = below.filter(({ timestampMs }) => timestampMs > (newestMs[index] ?? 0));
    const found = below.find(isOther) ?? (await firstOutsideGaps(query, consumer, newer));
    if (found)
      throw new TopicMadeAnew(
        `${topic}, partition ${partition}: offset ${found.offset} of ${new Date(found.timestampMs).toISOString()} is ` +
          `another record than ${consumer} has processed there, and the next offset is ${nextOffset}. Was the ` +
          `topic deleted and made anew? Then raise the epoch of ${topicOf(topic)} in lib/config.ts and deploy ` +
          '(docs/runbook.md#a-topic-was-made-anew). Until then, nothing of this partition is processed',
      );
  }
}

async function firstOutsideGaps(
  query: Query,
  consumer: string,
  records: readonly Place[],
): Promise<Place | undefined> {
  const [first] = records;
  if (!first) return undefined;
  const gaps = await query<{ from_offset: string; to_offset: string }>(
    `select from_offset, to_offset from skipped_offsets
      where consumer = $1 and topic = $2 and partition = $3 and to_offset > $4`,
    [consumer, first.topic, first.partition, first.offset],
  );
  return records.find(
    ({ offset }) =>
      !gaps.some(({ from_offset, to_offset }) => offset >= Number(from_offset) && offset < Number(to_offset)),
  );
}
