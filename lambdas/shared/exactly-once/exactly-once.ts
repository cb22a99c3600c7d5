import type { KafkaRecord, PartitionRecords } from '../kafka/kafka-event.ts';
import { sourceId } from '../kafka/source.ts';
import { readGeneration } from '../kafka/topic-generations.ts';
import type { Query } from '../postgres/database.ts';
import { isOnRetryTopic, originIdentity, rowIdentity } from './identity.ts';
import {
  advanceLedger,
  claimInLedger,
  claimOrigins,
  type FileProgress,
  type OriginRecord,
} from './ledger.ts';
import { refuseTopicMadeAnew } from './made-anew.ts';

/** The records of one partition that are left to process: at least one. */
export type FreshRecords = PartitionRecords;

interface Claim {
  /** The records that this consumer has not processed yet. */
  readonly fresh: readonly FreshRecords[];
  /** Advances the ledger past the whole batch. Call it last, with the records that a retry will process. */
  readonly advance: (deferred: readonly KafkaRecord[]) => Promise<void>;
}

/** The batch begins past the committed offset. Roll back, call `skipGap`, and claim again. */
export class GapBeforeBatch extends Error {
  override readonly name = 'GapBeforeBatch';
}

/**
 * Locks the partitions in the ledger until the transaction ends, and returns the records that are left to
 * process. Another function with the same records waits for the lock, and then finds none left. A function
 * that loses its connection loses the lock, and cannot commit. The argument is docs/adr/0006-exactly-once.md.
 *
 * @throws GapBeforeBatch
 * @throws TopicMadeAnew
 */
export async function claimRecords(
  query: Query,
  consumer: string,
  partitions: readonly PartitionRecords[],
): Promise<Claim> {
  const filesByPartition = partitions.map(filesOf);
  const files = filesByPartition.flatMap((bySource) => [...bySource.values()]);
  const ledger = await claimInLedger(query, consumer, partitions, files);
  await refuseTopicMadeAnew(query, consumer, partitions, ledger);
  const ahead = partitions.map((each, index) => {
    const nextOffset = ledger.nextOffsets[index] ?? 0;
    const [first] = each.records;
    if (first && first.offset > nextOffset) throw new GapBeforeBatch();
    if (first?.offset === nextOffset) return each;
    // Those below are redelivered.
    return { ...each, records: each.records.filter(({ offset }) => offset >= nextOffset) };
  });
  // Only of records that this batch processes. A record of a discarded batch may come again; if that claimed
  // its origin, its dead letter would be dropped as applied.
  const originRecords = originRecordsFor(consumer, ahead);
  const claimed = await claimOrigins(query, consumer, partitions, originRecords);

  const rowsAfterGap: string[] = [];
  const fresh = ahead.flatMap(({ topic, partition, records }, index) => {
    if (isOnRetryTopic(topic)) return records.length > 0 ? [{ topic, partition, records }] : [];
    const dedupEnd = rowDedupEnd(topic, ledger.lastGapEnds[index] ?? 0);

    const isFresh = (record: KafkaRecord): boolean => {
      const { origin, source, row, retryFor } = record.headers;
      if (retryFor !== undefined && retryFor !== consumer) return false;
      if (origin) return claimed.has(record);
      if (source === undefined || row === undefined) return true;
      const file = filesByPartition[index]?.get(sourceId(source));
      if (file && row <= file.lastRow) return false; // sent twice by its producer
      if (file) file.lastRow = row;
      if (record.offset < dedupEnd) rowsAfterGap.push(rowIdentity(sourceId(source), row));
      return true;
    };
    const left = records.filter(isFresh);
    return left.length > 0 ? [{ topic, partition, records: left }] : [];
  });

  return {
    fresh,
    advance: (deferred) =>
      advanceLedger(query, consumer, partitions, { files, appliedRows: rowsAfterGap, deferred }),
  };
}

/**
 * For 10,000 offsets after a gap, the ledger records each row's identity, to recognise a later copy of a
 * discarded row. A producer sends again at once, so the copy is not further away. The same holds where a
 * generation of the topic begins.
 */
const rowDedupEnd = (topic: string, lastGapEnd: number) =>
  lastGapEnd > 0 || readGeneration(topic).generation > 0 ? lastGapEnd + 10_000 : 0;

/** The files with rows on a partition, by the id of their source. */
function filesOf({ topic, partition, records }: PartitionRecords): Map<string, FileProgress> {
  const files = new Map<string, FileProgress>();
  if (isOnRetryTopic(topic)) return files;
  let previous: string | undefined;
  for (const { headers } of records) {
    // Most records are of the same file as the one before.
    if (headers.source === previous || headers.source === undefined) continue;
    if (headers.row === undefined || headers.origin) continue;
    previous = headers.source;
    const source = sourceId(headers.source);
    if (!files.has(source)) files.set(source, { topic, partition, source, storedRow: -1, lastRow: -1 });
  }
  return files;
}

/** The records with an origin that are meant for this consumer. Of several copies, only the first. */
function originRecordsFor(consumer: string, partitions: readonly PartitionRecords[]): OriginRecord[] {
  const found = new Map<string, OriginRecord>();
  for (const { topic, records } of partitions) {
    if (isOnRetryTopic(topic)) continue;
    for (const record of records) {
      const { origin: position, retryFor, attempt: retryAttempt } = record.headers;
      if (!position) continue;
      if (retryFor !== undefined && retryFor !== consumer) continue;
      const origin = originIdentity(position, record.headers);
      const attempt = retryFor === undefined ? 0 : (retryAttempt ?? 0);
      const id = `${origin} ${attempt}`;
      if (!found.has(id)) found.set(id, { record, origin, attempt });
    }
  }
  return [...found.values()];
}
