import type { FreshRecords } from '../../shared/exactly-once/exactly-once.ts';
import { dateOf, type Encode } from '../../shared/exactly-once/landed-objects.ts';
import { type DeadLetter, deadLetterOf } from '../../shared/failures/dead-letters.ts';
import { BadRecord } from '../../shared/failures/failures.ts';
import type { KafkaRecord } from '../../shared/kafka/kafka-event.ts';
import type { Limits } from '../../shared/wire/limits.ts';
import { type Observation, observationFromWire } from '../../shared/wire/observation.ts';
import { readPlainObservation } from '../../shared/wire/plain-observation.ts';
import { objectKey } from './object-key.ts';
import { encodeParquet, type LandedRow } from './parquet.ts';

export interface Ports {
  /** Stores one object, or replaces the object that a failed attempt left under its key. */
  readonly put: (key: string, encode: Encode) => Promise<void>;
  /** Returns when every dead letter is acknowledged on `error-data`. */
  readonly sendDeadLetters: (letters: readonly DeadLetter[]) => Promise<void>;
  /** Throws when this function no longer holds the ledger's lock. */
  readonly confirmLock: () => Promise<unknown>;
  /** Adds these counts to the row counts by day, and the objects to the metrics. */
  readonly addRowCounts: (counts: readonly RowCount[], objects: readonly LandedObject[]) => Promise<void>;
  /** Keeps the rows of the last days in Postgres. Absent where none are kept. */
  readonly keepRecent?: ((rows: readonly LandedRow[]) => Promise<void>) | undefined;
  readonly now: () => number;
}

/** How many rows of one event day (in UTC) one object holds. */
export interface RowCount {
  readonly eventDate: string;
  readonly ingestDate: string;
  readonly topic: string;
  readonly partition: number;
  readonly rows: number;
}

/** What one object adds to the metrics of its partition. */
export interface LandedObject {
  readonly partition: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Lands the valid records of each partition as one Parquet object, and sends the others to `error-data`. */
export async function landObservations(
  partitions: readonly FreshRecords[],
  limits: Limits,
  { put, sendDeadLetters, confirmLock, addRowCounts, keepRecent, now }: Ports,
) {
  const sorted = partitions.map(({ records }) => sortOut(records, limits, now()));
  const letters = sorted.flatMap(({ rejected }) => rejected);
  if (letters.length > 0) {
    await sendDeadLetters(letters);
    // Kafka's retries may outlast the session. A put after that would only leave an orphan.
    await confirmLock();
  }
  const landing = sorted.flatMap(({ rows }) => (rows[0] ? [{ first: rows[0].record, rows }] : []));
  // In Postgres while S3 is busy.
  const kept = keepRecent?.(landing.flatMap(({ rows }) => rows));
  const puts = Promise.all(
    landing.map(async ({ first, rows }): Promise<LandedObject> => {
      let bytes = 0;
      await put(objectKey(first), (mark) => {
        const body = encodeParquet(rows, mark);
        bytes = body.length;
        return body;
      });
      return { partition: first.partition, rows: rows.length, bytes };
    }),
  );
  const [objects] = await Promise.all([puts, kept]);
  if (landing.length > 0) {
    const counts = landing.flatMap(({ first, rows }) => countRowsByDay(first, rows));
    await addRowCounts(counts, objects);
  }
  const landed = sorted.reduce((sum, { rows }) => sum + rows.length, 0);
  return { landed, rejected: letters.length };
}

const dayMs = 24 * 60 * 60 * 1000;

function countRowsByDay(
  { topic, partition, timestampMs }: KafkaRecord,
  rows: readonly LandedRow[],
): RowCount[] {
  const counts = new Map<number, number>();
  for (const { observation } of rows) {
    const day = Math.floor(observation.observedAtMs / dayMs);
    counts.set(day, (counts.get(day) ?? 0) + 1);
  }
  const ingestDate = dateOf(timestampMs);
  return [...counts].map(([day, count]) => {
    return { eventDate: dateOf(day * dayMs), ingestDate, topic, partition, rows: count };
  });
}

function sortOut(records: readonly KafkaRecord[], limits: Limits, nowMs: number) {
  const rows: LandedRow[] = [];
  const rejected: DeadLetter[] = [];
  for (const record of records) {
    try {
      rows.push({ record, observation: readObservation(record, limits) });
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error;
      rejected.push(deadLetterOf(record, error, nowMs));
    }
  }
  return { rows, rejected };
}

/** @throws BadRecord for a record that does not land */
export function readObservation(record: KafkaRecord, limits: Limits): Observation {
  const judging = { limits, receivedAtMs: record.timestampMs };
  return readPlainObservation(record, judging) ?? observationFromWire(jsonOf(record), judging);
}

function jsonOf({ text, value }: KafkaRecord): unknown {
  if (text === null) throw new BadRecord('MALFORMED_MESSAGE', 'found no value, expected a JSON object');
  if (value === undefined) throw new BadRecord('MALFORMED_MESSAGE', 'found no JSON, expected a JSON object');
  return value;
}
