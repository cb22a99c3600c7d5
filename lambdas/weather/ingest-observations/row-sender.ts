import type { BadRecord } from '../../shared/failures/failures.ts';
import type { FileVersion } from '../../shared/incoming/incoming-files.ts';
import { partitionOf } from '../../shared/kafka/kafka-producer.ts';
import type { OrderedSend } from '../../shared/kafka/ordered-send.ts';
import { sourceOf } from '../../shared/kafka/source.ts';
import { topics } from '../../shared/kafka/topics.ts';
import { encodeErrorRecord, shortenRawRow } from '../../shared/wire/error-record.ts';
import { encodeObservation } from '../../shared/wire/observation.ts';
import type { ReadRow } from './read-rows.ts';
import { encodeFormat, type Row, type RowFormat } from './row-format.ts';

/**
 * Sends the outcome of rows to their topics, and counts it. Rows up to the line `sentUpTo` were sent before:
 * they are only counted.
 */
export function rowSender(sending: OrderedSend, identity: FileVersion, now: () => number, sentUpTo = 0) {
  const toPartition = rememberPartitions();
  const columnsOf = rememberFormat();
  let rowsValid = 0;
  let rowsInvalid = 0;
  let rowsSkipped = 0;
  let lastLine = 0;
  let lastDay: number | undefined;
  const days = new Set<number>();

  return {
    get lastLine() {
      return lastLine;
    },

    send(result: ReadRow): Promise<void> | undefined {
      const { line } = result.row;
      lastLine = line;
      if ('observation' in result) {
        const { observation } = result;
        rowsValid++;
        const day = Math.floor(observation.observedAtMs / dayMs);
        // Most rows are of the same day as the one before.
        if (day !== lastDay) days.add(day);
        lastDay = day;
        if (line <= sentUpTo) return undefined;
        return sending.add(topics.weatherData.name, toPartition(observation.location), {
          key: observation.location,
          value: encodeObservation(observation),
          headers: { source: identity.source, row: String(line) },
        });
      }
      if ('skipped' in result) {
        rowsSkipped++;
        return undefined;
      }
      rowsInvalid++;
      if (line <= sentUpTo) return undefined;
      const { row, fault, format } = result;
      return sendError(sending, identity, now(), { line, fault, row, columns: columnsOf(format) });
    },

    counts: () => ({
      rowsRead: rowsValid + rowsInvalid,
      rowsValid,
      rowsInvalid,
      rowsSkipped,
      rowsRefused: 0,
      days: [...days].map((day) => new Date(day * dayMs).toISOString().slice(0, 10)),
    }),
  };
}

const dayMs = 24 * 60 * 60 * 1000;

interface Fault {
  readonly line: number;
  readonly fault: BadRecord;
  readonly row: Row;
  readonly columns: string | undefined;
}

/** Queues the error of a row for `error-data`. */
function sendError(
  sending: OrderedSend,
  { key, source }: FileVersion,
  nowMs: number,
  { line, fault, row, columns }: Fault,
): Promise<void> | undefined {
  return sending.add(topics.errorData.name, 0, {
    key: null,
    value: encodeErrorRecord({
      errorType: fault.errorType,
      errorReason: `line ${line}: ${fault.message}`,
      rawRow: shortenRawRow(row.raw, row.rawBytes),
      timestampMs: nowMs,
      fileName: key,
      retryCount: 0,
    }),
    headers: { source, row: String(line), ...(columns === undefined ? {} : { columns }) },
  });
}

/**
 * Queues the error of a whole file for `error-data`. It has a source of its own for each attempt to read the
 * file. So the ledger takes neither a second refusal for the first, nor a row of a later attempt for either;
 * but a repetition of the same attempt is one.
 */
export function sendRefusal(
  sending: OrderedSend,
  { key, source }: FileVersion,
  nowMs: number,
  { attempt, fault }: { readonly attempt: number; readonly fault: BadRecord },
): Promise<void> | undefined {
  return sending.add(topics.errorData.name, 0, {
    key: null,
    value: encodeErrorRecord({
      errorType: fault.errorType,
      errorReason: fault.message,
      rawRow: null,
      timestampMs: nowMs,
      fileName: key,
      retryCount: 0,
    }),
    headers: { source: sourceOf(source, `refused ${attempt}`), row: '1' },
  });
}

/** A file has few formats and many bad rows. */
function rememberFormat(): (format: RowFormat) => string | undefined {
  let known: { readonly format: RowFormat; readonly text: string | undefined } | undefined;
  return (format) => {
    if (known?.format !== format) known = { format, text: encodeFormat(format) };
    return known.text;
  };
}

/** A file has few locations and many rows. */
function rememberPartitions(): (location: string) => number {
  const partitions = new Map<string, number>();
  return (location) => {
    const known = partitions.get(location);
    if (known !== undefined) return known;
    const partition = partitionOf(location, topics.weatherData);
    if (partitions.size < 10_000) partitions.set(location, partition);
    return partition;
  };
}
