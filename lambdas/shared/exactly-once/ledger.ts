import { formatOrigin, type KafkaRecord, type PartitionRecords } from '../kafka/kafka-event.ts';
import { column } from '../postgres/column.ts';
import type { Query } from '../postgres/database.ts';
import { nextAttempt } from '../retry/retry-topic.ts';

// The ledger's SQL functions, in lambdas/database/migrate-database/functions/.

/**
 * How many days the ledger remembers rows of files and origins. A file can be sent again until its notice has
 * left the queue (4 days) and its dead letters (14 days). A record can then stay on its topic for 30 days.
 */
export const ledgerDays = 50;

/**
 * Advances the committed offset over a gap: a discarded batch, or expired records. Call it in a transaction
 * of its own, before the batch has any effect. Should the batch fail, the next one can then not begin within
 * the gap (docs/adr/0006-exactly-once.md).
 */
export async function skipGap(
  query: Query,
  consumer: string,
  partitions: readonly PartitionRecords[],
): Promise<void> {
  await query('select skip_gap($1, $2::text[], $3::int[], $4::float8[], $5)', [
    consumer,
    column(partitions, 'topic'),
    column(partitions, 'partition'),
    partitions.map(({ records }) => records[0]?.offset ?? 0),
    ledgerDays,
  ]);
}

/** A file with rows in a batch, on one partition. */
export interface FileProgress {
  readonly topic: string;
  readonly partition: number;
  readonly source: string;
  /** The last row that the ledger has seen; -1 for none. */
  storedRow: number;
  /** The same, with the rows of this batch. */
  lastRow: number;
}

/** A record with an origin: a retry, a redriven record or a dead letter. */
export interface OriginRecord {
  readonly record: KafkaRecord;
  readonly origin: string;
  /** The number of a retry; 0 for other records, which count once per origin. */
  readonly attempt: number;
}

/** What the ledger remembers of partitions, in the given order. */
export interface Remembered {
  /** The committed offset of each. */
  readonly nextOffsets: readonly number[];
  /** The first record of each partition that was processed, and its timestamp; null for none. */
  readonly firstOffsets: readonly (number | null)[];
  readonly firstMs: readonly (number | null)[];
  /** No record that was processed has a newer timestamp. */
  readonly newestMs: readonly number[];
}

interface Claimed extends Remembered {
  /** Where the last gap of each partition ended; 0 if there was none. */
  readonly lastGapEnds: readonly number[];
}

/** Reads the ledger rows of partitions without a lock: what it answers may be older, but was true. */
export async function readLedger(
  query: Query,
  consumer: string,
  partitions: readonly Pick<PartitionRecords, 'topic' | 'partition'>[],
): Promise<Remembered> {
  const rows = await query<{
    next_offset: number | null;
    first_offset: number | null;
    first_ms: number | null;
    newest_ms: number | null;
  }>(
    `select a.next_offset::float8 as next_offset, a.first_offset::float8 as first_offset,
            a.first_ms::float8 as first_ms, a.newest_ms::float8 as newest_ms
       from unnest($2::text[], $3::int[]) with ordinality as p(topic, partition, ordinal)
       left join applied_offsets a on a.consumer = $1 and a.topic = p.topic and a.partition = p.partition
      order by p.ordinal`,
    [consumer, column(partitions, 'topic'), column(partitions, 'partition')],
  );
  return {
    nextOffsets: rows.map(({ next_offset }) => next_offset ?? 0),
    firstOffsets: rows.map(({ first_offset }) => first_offset),
    firstMs: rows.map(({ first_ms }) => first_ms),
    newestMs: rows.map(({ newest_ms }) => newest_ms ?? 0),
  };
}

/** Locks the ledger rows of the partitions, and then reads. It also sets the rows of `files`. */
export async function claimInLedger(
  query: Query,
  consumer: string,
  partitions: readonly PartitionRecords[],
  files: readonly FileProgress[],
): Promise<Claimed> {
  const ledger = await claim(query, consumer, partitions, files, []);
  for (const [index, file] of files.entries()) {
    file.storedRow = ledger?.last_rows?.[index] ?? -1;
    file.lastRow = file.storedRow;
  }
  return {
    nextOffsets: ledger?.next_offsets ?? [],
    lastGapEnds: ledger?.last_gap_ends ?? [],
    firstOffsets: ledger?.first_offsets ?? [],
    firstMs: ledger?.first_ms ?? [],
    newestMs: ledger?.newest_ms ?? [],
  };
}

/** Returns those of the records that this batch may process. The ledger rows of its partitions are locked. */
export async function claimOrigins(
  query: Query,
  consumer: string,
  partitions: readonly PartitionRecords[],
  records: readonly OriginRecord[],
): Promise<ReadonlySet<KafkaRecord>> {
  if (records.length === 0) return new Set();
  const ledger = await claim(query, consumer, partitions, [], records);
  return new Set(ledger?.claimed.flatMap((position) => records[position - 1]?.record ?? []));
}

async function claim(
  query: Query,
  consumer: string,
  partitions: readonly PartitionRecords[],
  files: readonly FileProgress[],
  originRecords: readonly OriginRecord[],
) {
  const [ledger] = await query<{
    next_offsets: number[] | null;
    last_gap_ends: number[] | null;
    first_offsets: (number | null)[] | null;
    first_ms: (number | null)[] | null;
    newest_ms: number[] | null;
    last_rows: number[] | null;
    claimed: number[];
  }>(
    'select * from claim_records($1, $2::text[], $3::int[], $4::text[], $5::int[], $6::text[], $7::text[], $8::int[])',
    [
      consumer,
      column(partitions, 'topic'),
      column(partitions, 'partition'),
      column(files, 'topic'),
      column(files, 'partition'),
      column(files, 'source'),
      column(originRecords, 'origin'),
      column(originRecords, 'attempt'),
    ],
  );
  return ledger;
}

/** Advances the ledger past a batch. From then on, the next retry of each deferred record is expected. */
export async function advanceLedger(
  query: Query,
  consumer: string,
  partitions: readonly PartitionRecords[],
  {
    files,
    appliedRows,
    deferred,
  }: {
    readonly files: readonly FileProgress[];
    /** Identities of rows, stored one by one. */
    readonly appliedRows: readonly string[];
    readonly deferred: readonly KafkaRecord[];
  },
): Promise<void> {
  const changed = files.filter(({ storedRow, lastRow }) => lastRow > storedRow);
  const retries = deferred.map(nextAttempt);
  await query(
    `select advance_ledger($1, $2::text[], $3::int[], $4::float8[], $5::float8[], $6::float8[], $7::float8[],
                           $8::text[], $9::int[], $10::text[], $11::float8[], $12::text[], $13::int[], $14)`,
    [
      consumer,
      column(partitions, 'topic'),
      column(partitions, 'partition'),
      partitions.map(({ records }) => (records.at(-1)?.offset ?? -1) + 1),
      partitions.map(({ records }) => records[0]?.offset),
      partitions.map(({ records }) => records[0]?.timestampMs),
      partitions.map(({ records }) => newestOf(records)),
      column(changed, 'topic'),
      column(changed, 'partition'),
      column(changed, 'source'),
      column(changed, 'lastRow'),
      [...retries.map(({ origin }) => formatOrigin(origin)), ...appliedRows],
      [...column(retries, 'attempt'), ...appliedRows.map(() => null)],
      ledgerDays,
    ],
  );
}

const newestOf = (records: readonly KafkaRecord[]): number =>
  records.reduce((newest, { timestampMs }) => Math.max(newest, timestampMs), 0);
