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

interface Claimed {
  /** The committed offset of each partition, in the given order. */
  readonly nextOffsets: readonly number[];
  /** Where the last gap of each partition ended; 0 if there was none. */
  readonly lastGapEnds: readonly number[];
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
    `select advance_ledger($1, $2::text[], $3::int[], $4::float8[], $5::text[], $6::int[], $7::text[], $8::float8[],
                           $9::text[], $10::int[], $11)`,
    [
      consumer,
      column(partitions, 'topic'),
      column(partitions, 'partition'),
      partitions.map(({ records }) => (records.at(-1)?.offset ?? -1) + 1),
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
