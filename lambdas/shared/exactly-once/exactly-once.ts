import { formatOrigin, type KafkaRecord, type Origin, type PartitionRecords } from '../kafka/kafka-event.ts';
import { topics } from '../kafka/topics.ts';
import { column } from '../postgres/column.ts';
import type { Query } from '../postgres/database.ts';
import { nextAttempt } from '../retry/retry-topic.ts';

/** What is left to do of one partition's records: at least one. */
export type FreshRecords = PartitionRecords;

interface Claim {
  /** The records whose effect has not yet happened for this consumer. */
  readonly fresh: readonly FreshRecords[];
  /** Moves the ledger past all records, dropped ones included, and awaits the next attempt of the deferred ones. Call it last. */
  readonly advance: (deferred: readonly KafkaRecord[]) => Promise<void>;
}

/** The ledger is behind the first records of a batch: let this transaction go, `leap`, and claim again. */
export class LedgerBehind extends Error {
  override readonly name = 'LedgerBehind';
}

/**
 * Moves the ledger to where the records begin. Lambda gave up what is between, or there is nothing. In a transaction of its own, before
 * there is any effect: should the work fail, no batch may begin earlier the next time (docs/adr/0006-exactly-once.md).
 */
export async function leap(
  query: Query,
  consumer: string,
  partitions: readonly PartitionRecords[],
): Promise<void> {
  await query('select leap($1, $2::text[], $3::int[], $4::float8[], $5)', [
    consumer,
    column(partitions, 'topic'),
    column(partitions, 'partition'),
    partitions.map(({ records }) => records[0]?.offset ?? 0),
    ledgerDays,
  ]);
}

/**
 * Locks the ledger rows of the partitions until the transaction ends, and finds what is left to do. Whoever has the same
 * records, a zombie too, waits for the lock and then finds nothing left; whoever loses the lock with its connection cannot
 * commit. Throws LedgerBehind. The argument is docs/adr/0006-exactly-once.md.
 */
export async function claimFresh(
  query: Query,
  consumer: string,
  partitions: readonly PartitionRecords[],
): Promise<Claim> {
  const sources = partitions.map(sourcesOf);
  const returned = returnedTo(consumer, partitions);
  const behindLeap: string[] = [];
  const ledger = await lockLedger(query, consumer, partitions, sources, [...returned.values()]);

  if (partitions.some(({ records }, place) => (records[0]?.offset ?? 0) > (ledger.nextOffsets[place] ?? 0))) {
    throw new LedgerBehind();
  }
  const fresh = partitions.flatMap(({ topic, partition, records }, place) => {
    const nextOffset = ledger.nextOffsets[place] ?? 0;
    const notedTo = endOfNotes(ledger.sinceOffsets[place] ?? 0);
    const rows = sources[place] ?? new Map<string, SourceRows>();
    const left: KafkaRecord[] = [];
    for (const record of records) {
      if (record.offset < nextOffset) continue; // delivered again
      if (isUnderWay(topic)) {
        left.push(record);
        continue;
      }
      const { origin, source, row, retryFor } = record.headers;
      if (retryFor !== undefined && retryFor !== consumer) continue; // a retry for another consumer
      if (origin) {
        if (!ledger.claimed.has(record)) continue; // a retry that was doubled, or is no longer awaited
      } else if (source !== undefined && row !== undefined) {
        const seen = rows.get(source);
        if (seen && row <= seen.last) continue; // sent again by its producer
        if (seen) seen.last = row;
        if (record.offset < notedTo) behindLeap.push(formatRow(source, row));
      }
      left.push(record);
    }
    return left.length > 0 ? [{ topic, partition, records: left }] : [];
  });
  return {
    fresh,
    advance: (deferred) => advance(query, consumer, partitions, sources, behindLeap, deferred),
  };
}

/**
 * Up to which offset the ledger notes single rows: soon behind a leap. What Lambda gave up before it may have been sent a second
 * time, and the second is then the one that took effect (`settle_twins`). A producer sends again at once.
 */
const endOfNotes = (sinceOffset: number) => (sinceOffset > 0 ? sinceOffset + 10_000 : 0);

/** A row of a file, as `applied_origins` knows it. */
const formatRow = (source: string, row: number) => `${source}:${row}`;

/** By what a consumer knows a record again when it is sent twice. */
export interface Identity {
  /** The key of `applied_origins`. */
  readonly id: string;
  /** The row of a file that it is; undefined for one that has an origin. */
  readonly source?: string;
  readonly row?: number;
}

/** Undefined for what is known by its offset alone, and for an attempt that is awaited. */
export function identityOf({ topic, headers }: Pick<KafkaRecord, 'topic' | 'headers'>): Identity | undefined {
  const { source, row, origin, retryFor } = headers;
  if (isUnderWay(topic) || (retryFor !== undefined && headers.attempt)) return undefined;
  if (origin) return { id: originOf(origin, headers) };
  return source === undefined || row === undefined ? undefined : { id: formatRow(source, row), source, row };
}

/** A dead letter has an origin of its own for each consumer that it is of. */
const originOf = (origin: Origin, { failedIn }: KafkaRecord['headers']) =>
  failedIn === undefined ? formatOrigin(origin) : `${formatOrigin(origin)}@${failedIn}`;

/** On `retry-data` the headers say how a record is to come back. It is not back yet, so that its offset alone counts. */
const isUnderWay = (topic: string) => topic === topics.retryData.name;

/** How far a file was seen on a partition, as the ledger has it and with this batch. */
interface SourceRows {
  known: number;
  last: number;
}
type Sources = ReadonlyMap<string, SourceRows>;

function sourcesOf({ topic, records }: PartitionRecords): Sources {
  const sources = new Map<string, SourceRows>();
  if (isUnderWay(topic)) return sources;
  let previous: string | undefined;
  for (const { headers } of records) {
    const { source } = headers;
    // The rows of a file come in runs.
    if (source === previous || source === undefined || headers.row === undefined || headers.origin) continue;
    previous = source;
    if (!sources.has(source)) sources.set(source, { known: -1, last: -1 });
  }
  return sources;
}

interface Returned {
  readonly record: KafkaRecord;
  readonly origin: string;
  /** 0 for a record that counts once and is not awaited: it was redriven, or is a dead letter. */
  readonly attempt: number;
}

/** The records that come with an origin, the first of each attempt. */
function returnedTo(consumer: string, partitions: readonly PartitionRecords[]): Map<string, Returned> {
  const returned = new Map<string, Returned>();
  for (const { topic, records } of partitions) {
    if (isUnderWay(topic)) continue;
    for (const record of records) {
      const { origin: place, retryFor } = record.headers;
      if (!place || (retryFor !== undefined && retryFor !== consumer)) continue;
      const origin = originOf(place, record.headers);
      const attempt = retryFor === undefined ? 0 : (record.headers.attempt ?? 0);
      const id = `${origin} ${attempt}`;
      if (!returned.has(id)) returned.set(id, { record, origin, attempt });
    }
  }
  return returned;
}

async function lockLedger(
  query: Query,
  consumer: string,
  partitions: readonly PartitionRecords[],
  sources: readonly Sources[],
  returned: readonly Returned[],
) {
  const rows = sourceRows(partitions, sources, () => true);
  const [locked] = await query<{
    next_offsets: number[] | null;
    since_offsets: number[] | null;
    last_rows: number[] | null;
    fresh: number[];
  }>(
    'select * from claim_records($1, $2::text[], $3::int[], $4::text[], $5::int[], $6::text[], $7::text[], $8::int[])',
    [
      consumer,
      column(partitions, 'topic'),
      column(partitions, 'partition'),
      column(rows, 'topic'),
      column(rows, 'partition'),
      column(rows, 'source'),
      column(returned, 'origin'),
      column(returned, 'attempt'),
    ],
  );
  for (const [place, row] of rows.entries()) {
    row.seen.known = locked?.last_rows?.[place] ?? -1;
    row.seen.last = row.seen.known;
  }
  return {
    nextOffsets: locked?.next_offsets ?? [],
    sinceOffsets: locked?.since_offsets ?? [],
    claimed: new Set(locked?.fresh.map((place) => returned[place - 1]?.record)),
  };
}

async function advance(
  query: Query,
  consumer: string,
  partitions: readonly PartitionRecords[],
  sources: readonly Sources[],
  behindLeap: readonly string[],
  deferred: readonly KafkaRecord[],
): Promise<void> {
  const rows = sourceRows(partitions, sources, ({ known, last }) => last > known);
  const awaited = deferred.map(nextAttempt);
  await query(
    `select advance_ledger($1, $2::text[], $3::int[], $4::float8[], $5::text[], $6::int[], $7::text[], $8::float8[],
                           $9::text[], $10::int[], $11)`,
    [
      consumer,
      column(partitions, 'topic'),
      column(partitions, 'partition'),
      partitions.map(({ records }) => (records.at(-1)?.offset ?? -1) + 1),
      column(rows, 'topic'),
      column(rows, 'partition'),
      column(rows, 'source'),
      rows.map(({ seen }) => seen.last),
      [...awaited.map(({ origin }) => formatOrigin(origin)), ...behindLeap],
      [...column(awaited, 'attempt'), ...behindLeap.map(() => null)],
      ledgerDays,
    ],
  );
}

/**
 * How long the ledger remembers the rows of a file and the origins of retries. A file can be sent again until its notice
 * has left the queue (4 days) and its dead letters (14), and a record can then lie on a topic for as long as that is kept (30).
 */
export const ledgerDays = 50;

function sourceRows(
  partitions: readonly PartitionRecords[],
  sources: readonly Sources[],
  isWanted: (seen: SourceRows) => boolean,
) {
  return partitions.flatMap(({ topic, partition }, place) =>
    [...(sources[place] ?? [])].flatMap(([source, seen]) =>
      isWanted(seen) ? [{ topic, partition, source, seen }] : [],
    ),
  );
}
