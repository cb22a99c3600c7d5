import { BadRecord } from '../../shared/failures/failures.ts';
import type { IncomingFile } from '../../shared/incoming/incoming-files.ts';
import type { Counts } from '../../shared/incoming/ingested-files-table.ts';
import { type OpenedText, openText, type Part, partsOf } from '../../shared/incoming/open-text.ts';
import { partitionOf } from '../../shared/kafka/kafka-producer.ts';
import type { OrderedSend } from '../../shared/kafka/ordered-send.ts';
import { topics } from '../../shared/kafka/topics.ts';
import { encodeErrorRecord, shortenRawRow } from '../../shared/wire/error-record.ts';
import { encodeObservation, type Limits } from '../../shared/wire/observation.ts';
import { rowsOf, takeSample } from './file-rows.ts';
import { judgeSample } from './judge-sample.ts';
import { type ReadRow, readRows } from './read-rows.ts';
import { type Recognised, recogniseRows, scoreRow } from './recognise-rows.ts';
import { encodeFormat, type Row, type RowFormat } from './row-format.ts';

export interface Ports {
  readonly isIngested: (source: string) => Promise<boolean>;
  readonly markIngested: (source: string, counts: Counts) => Promise<void>;
  readonly startSending: () => OrderedSend;
  readonly now: () => number;
}

/**
 * Sends each row of a file to `weather-data` or, with its fault, to `error-data`, and marks the file as done
 * when all are acknowledged. A file that does not fit is refused whole, by one error, before any row is sent.
 *
 * @returns undefined for a file that was done before
 */
export async function ingestObservations(
  file: IncomingFile,
  limits: Limits,
  ports: Ports,
): Promise<Counts | undefined> {
  if (await ports.isIngested(file.source)) return undefined;
  const sending = ports.startSending();
  let counts = nothing;
  try {
    for await (const part of partsOf(file.open())) {
      const identity = part.member === undefined ? file : memberOf(file, part.member);
      counts = sum(counts, await ingestPart(part, identity, limits, sending, ports));
    }
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    await sendError(sending, file, ports.now(), { line: 1, fault: error });
    counts = sum(counts, { ...nothing, rowsRead: 1, rowsRefused: 1 });
  }
  await sending.finish();
  await ports.markIngested(file.source, counts);
  return counts;
}

type FileCounts = Required<Counts>;

const nothing: FileCounts = {
  rowsRead: 0,
  rowsValid: 0,
  rowsInvalid: 0,
  rowsSkipped: 0,
  rowsRefused: 0,
  ignoredColumns: [],
};

function sum(a: FileCounts, b: FileCounts): FileCounts {
  return {
    rowsRead: a.rowsRead + b.rowsRead,
    rowsValid: a.rowsValid + b.rowsValid,
    rowsInvalid: a.rowsInvalid + b.rowsInvalid,
    rowsSkipped: a.rowsSkipped + b.rowsSkipped,
    rowsRefused: a.rowsRefused + b.rowsRefused,
    ignoredColumns: [...new Set([...a.ignoredColumns, ...b.ignoredColumns])],
  };
}

type Identity = Pick<IncomingFile, 'key' | 'source'>;

/** A file of an archive has rows of its own, and so a source of its own. */
function memberOf({ key, source }: Identity, member: string): Identity {
  return { key: `${key}/${member}`, source: `${key}/${member}${source.slice(key.length)}` };
}

/** @throws BadRecord when the content breaks off for good. Rows that came before are sent. */
async function ingestPart(
  { member, content }: Part,
  identity: Identity,
  limits: Limits,
  sending: OrderedSend,
  ports: Ports,
): Promise<FileCounts> {
  let text: OpenedText;
  try {
    text = await openText(content, { score: scoreRow });
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    await sendError(sending, identity, ports.now(), { line: 1, fault: error });
    // The next file of an archive begins where this one ends.
    if (member !== undefined) await drain(rowless(content));
    // Without an end to its rows, the file counts as one.
    return { ...nothing, rowsRead: 1, rowsRefused: 1 };
  }
  const { sample, rest } = await takeSample(rowsOf(text));
  if (sample.length === 0) return nothing;

  const judging = { limits, receivedAtMs: ports.now() };
  let recognised: Recognised;
  try {
    recognised = recogniseRows(sample, text.layout);
    judgeSample([...readRows(recognised, judging).read(sample)]);
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    await sendError(sending, identity, ports.now(), { line: 1, fault: error });
    const rows = sample.length + (await drain(rest));
    return { ...nothing, rowsRead: rows, rowsRefused: rows };
  }

  const sender = rowSender(sending, identity, ports.now);
  const reader = readRows(recognised, judging);
  const sendAll = async (results: Iterable<ReadRow>) => {
    for (const result of results) {
      const acknowledged = sender.send(result);
      // Awaiting every row would cost more than reading it.
      if (acknowledged) await acknowledged;
    }
  };
  try {
    await sendAll(reader.read(sample));
    for await (const block of rest) await sendAll(reader.read(block));
    await sendAll(reader.end());
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    const row = { line: sender.lastLine + 1, raw: '', cells: [] };
    await sendAll([{ row, fault: error, format: recognised.format }]);
  }
  return { ...sender.counts(), ignoredColumns: recognised.ignored };
}

async function* rowless(content: AsyncIterable<Buffer>): AsyncGenerator<never[]> {
  for await (const _ of content) yield [];
}

/** Reads a refused file to its end, or to where it breaks off, and counts. */
async function drain(blocks: AsyncIterable<Iterable<unknown>>): Promise<number> {
  let count = 0;
  try {
    for await (const block of blocks) for (const _ of block) count++;
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
  }
  return count;
}

/** Sends what rows came to, and counts it. */
function rowSender(sending: OrderedSend, identity: Identity, now: () => number) {
  const toPartition = rememberPartitions();
  const columnsOf = rememberFormat();
  let rowsValid = 0;
  let rowsInvalid = 0;
  let rowsSkipped = 0;
  let lastLine = 0;

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
      const { row, fault, format } = result;
      return sendError(sending, identity, now(), { line, fault, row, columns: columnsOf(format) });
    },

    counts: () => ({
      rowsRead: rowsValid + rowsInvalid,
      rowsValid,
      rowsInvalid,
      rowsSkipped,
      rowsRefused: 0,
    }),
  };
}

interface Fault {
  readonly line: number;
  readonly fault: BadRecord;
  /** Absent for a fault of the whole file. */
  readonly row?: Row;
  readonly columns?: string | undefined;
}

function sendError(
  sending: OrderedSend,
  { key, source }: Identity,
  nowMs: number,
  { line, fault, row, columns }: Fault,
): Promise<void> | undefined {
  return sending.add(topics.errorData.name, 0, {
    key: null,
    value: encodeErrorRecord({
      errorType: fault.errorType,
      errorReason: row ? `line ${line}: ${fault.message}` : fault.message,
      rawRow: row ? shortenRawRow(row.raw, row.rawBytes) : null,
      timestampMs: nowMs,
      fileName: key,
      retryCount: 0,
    }),
    headers: { source, row: String(line), ...(columns === undefined ? {} : { columns }) },
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
