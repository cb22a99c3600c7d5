import type { Query } from './database.ts';
import { formatOrigin, type KafkaRecord, type PartitionRecords } from './kafka-event.ts';

/** What is left to do of one partition's records. */
export interface FreshRecords extends PartitionRecords {
  /** The first record past the ledger, whether it is a duplicate or not: the same on every retry, and so a safe name. */
  readonly start: { readonly offset: number; readonly timestampMs: number };
}

/**
 * Locks the ledger rows of the partitions until the transaction ends, and returns the records whose effect has not yet
 * happened for this consumer. What it drops: offsets below the ledger (redelivered or overlapping batches), retries meant
 * for another consumer, rows of a file that were already seen (duplicates made by producers), and retried records whose
 * origin was already applied.
 * `advance` moves the ledger past all of them.
 */
export async function claimFresh(
  query: Query,
  consumer: string,
  partitions: readonly PartitionRecords[],
): Promise<FreshRecords[]> {
  const nextOffsets = await lockLedger(query, consumer, partitions);
  const unseen = partitions.flatMap(({ topic, partition, records }) => {
    const nextOffset = nextOffsets.get(partitionId(topic, partition)) ?? 0;
    const past = records.filter(({ offset }) => offset >= nextOffset);
    const start = past[0];
    const isMine = ({ headers: { retryFor } }: KafkaRecord) =>
      retryFor === undefined || retryFor === consumer;
    return start ? [{ topic, partition, records: past.filter(isMine), start }] : [];
  });
  const isFirst = await dropDuplicates(query, consumer, unseen);
  return unseen.map((batch) => ({ ...batch, records: batch.records.filter(isFirst) }));
}

/** Moves the ledger past the records. Call it last, in the transaction of `claimFresh`. */
export async function advance(
  query: Query,
  consumer: string,
  partitions: readonly PartitionRecords[],
): Promise<void> {
  const ends = partitions.map(({ topic, partition, records }) => ({
    topic,
    partition,
    nextOffset: (records.at(-1)?.offset ?? -1) + 1,
  }));
  await query(
    `update applied_offsets a
        set next_offset = greatest(a.next_offset, e.next_offset)
       from unnest($2::text[], $3::int[], $4::bigint[]) as e(topic, partition, next_offset)
      where a.consumer = $1 and a.topic = e.topic and a.partition = e.partition`,
    [consumer, column(ends, 'topic'), column(ends, 'partition'), column(ends, 'nextOffset')],
  );
}

/** All functions lock in the order of topic and partition, so that none waits for one that waits for it. */
async function lockLedger(query: Query, consumer: string, partitions: readonly PartitionRecords[]) {
  const values = [consumer, column(partitions, 'topic'), column(partitions, 'partition')];
  await query(
    `insert into applied_offsets (consumer, topic, partition, next_offset)
     select $1, topic, partition, 0
       from unnest($2::text[], $3::int[]) as p(topic, partition)
      order by topic, partition
         on conflict do nothing`,
    values,
  );
  const rows = await query<{ topic: string; partition: number; next_offset: string }>(
    `select topic, partition, next_offset
       from applied_offsets
      where consumer = $1
        and (topic, partition) in (select * from unnest($2::text[], $3::int[]))
      order by topic, partition
        for update`,
    values,
  );
  return new Map(rows.map((row) => [partitionId(row.topic, row.partition), Number(row.next_offset)]));
}

async function dropDuplicates(query: Query, consumer: string, partitions: readonly PartitionRecords[]) {
  const records = partitions.flatMap((partition) => partition.records);
  const retried = records.filter(({ headers }) => headers.origin);
  const rows = records.filter(
    ({ headers: { origin, source, row } }) => !origin && source && row !== undefined,
  );
  const firstRetried = retried.length > 0 ? await recordOrigins(query, consumer, retried) : new Set();
  const firstRows = rows.length > 0 ? await recordProgress(query, consumer, rows) : new Set();
  return (record: KafkaRecord) => {
    const { origin, source, row } = record.headers;
    if (origin) return firstRetried.has(record);
    return !source || row === undefined || firstRows.has(record);
  };
}

/** The retried records whose origin this consumer had not applied yet. */
async function recordOrigins(query: Query, consumer: string, records: readonly KafkaRecord[]) {
  const byOrigin = new Map<string, KafkaRecord>();
  for (const record of records) {
    const origin = record.headers.origin && formatOrigin(record.headers.origin);
    if (origin && !byOrigin.has(origin)) byOrigin.set(origin, record);
  }
  const rows = await query<{ origin: string }>(
    `insert into applied_origins (consumer, origin)
     select $1, origin from unnest($2::text[]) as o(origin) order by origin
         on conflict do nothing
     returning origin`,
    [consumer, [...byOrigin.keys()]],
  );
  return new Set(rows.map(({ origin }) => byOrigin.get(origin)));
}

/**
 * The records that come after the last row seen of their file on their partition. Producers send the rows of a file to a
 * partition in order, so whatever is not past the last row is a repetition.
 */
async function recordProgress(query: Query, consumer: string, records: readonly KafkaRecord[]) {
  const files = new Map<string, { topic: string; partition: number; source: string; lastRow: number }>();
  const fileOf = ({ topic, partition, headers: { source = '' } }: KafkaRecord) => {
    const id = `${partitionId(topic, partition)}/${source}`;
    const file = files.get(id) ?? { topic, partition, source, lastRow: -1 };
    files.set(id, file);
    return file;
  };
  for (const record of records) fileOf(record);

  const known = [...files.values()];
  const keys = [consumer, column(known, 'topic'), column(known, 'partition'), column(known, 'source')];
  const seen = await query<{ topic: string; partition: number; source: string; last_row: string }>(
    `select topic, partition, source, last_row
       from source_progress
      where consumer = $1
        and (topic, partition, source) in (select * from unnest($2::text[], $3::int[], $4::text[]))`,
    keys,
  );
  for (const { topic, partition, source, last_row } of seen) {
    const file = files.get(`${partitionId(topic, partition)}/${source}`);
    if (file) file.lastRow = Number(last_row);
  }

  const first = new Set<KafkaRecord>();
  for (const record of records) {
    const file = fileOf(record);
    const { row = 0 } = record.headers;
    if (row <= file.lastRow) continue;
    file.lastRow = row;
    first.add(record);
  }

  await query(
    `insert into source_progress (consumer, topic, partition, source, last_row)
     select $1, * from unnest($2::text[], $3::int[], $4::text[], $5::bigint[])
         on conflict (consumer, topic, partition, source) do update set last_row = excluded.last_row`,
    [...keys, column(known, 'lastRow')],
  );
  return first;
}

const partitionId = (topic: string, partition: number) => `${topic}/${partition}`;

/** `unnest` takes one array per column. */
export function column<T, K extends keyof T>(rows: readonly T[], name: K): T[K][] {
  return rows.map((row) => row[name]);
}
