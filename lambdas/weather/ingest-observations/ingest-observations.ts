import { BadRecord } from '../../shared/failures/failures.ts';
import type { Checkpoint } from '../../shared/incoming/file-checkpoints-table.ts';
import { OutOfTime } from '../../shared/incoming/file-messages.ts';
import {
  type FileVersion,
  type IncomingFile,
  type ReadVersion,
  versionOf,
} from '../../shared/incoming/incoming-files.ts';
import type { Counts } from '../../shared/incoming/ingested-files-table.ts';
import { type OpenedText, openText, type Part, partsOf } from '../../shared/incoming/open-text.ts';
import type { OrderedSend } from '../../shared/kafka/ordered-send.ts';
import type { Limits } from '../../shared/wire/limits.ts';
import { rowsOf, takeSample } from './file-rows.ts';
import { type FormatFile, formatFileName, maxFormatBytes, parseFormatFile } from './format-file.ts';
import { judgeSample } from './judge-sample.ts';
import { type ReadRow, type Recognised, readRows } from './read-rows.ts';
import { recogniseByFormat } from './recognise-by-format.ts';
import { recogniseRows, remedyFor, scoreRow } from './recognise-rows.ts';
import { rowSender, sendRefusal } from './row-sender.ts';

export interface Ports {
  /** Returns the number of the attempt; nothing if all rows of the file are on Kafka already. */
  readonly startIngest: (file: ReadVersion) => Promise<number | boolean>;
  /** Before a file of an archive sends records. */
  readonly startMember: (member: FileVersion, archive: FileVersion) => Promise<void>;
  readonly markIngested: (file: FileVersion, counts: Counts, attempt: number) => Promise<void>;
  /** The format file for a file. Throws BadRecord for one that is wrong. */
  readonly findFormat?: (key: string) => Promise<FormatFile | undefined>;
  readonly startSending: () => OrderedSend;
  readonly now: () => number;
  /** For files that take longer than an invocation. Without it, a file is ingested in one go. */
  readonly handOn?: {
    readonly isTimeUp: () => boolean;
    readonly read: (source: string) => Promise<Checkpoint | undefined>;
    readonly save: (source: string, checkpoint: Checkpoint) => Promise<void>;
    readonly forget: (source: string) => Promise<void>;
  };
}

/**
 * Sends each row of a file to `weather-data` or, with its fault, to `error-data`, and marks the file as done
 * when all are acknowledged. A file that does not fit is refused whole, by one error, before any row is sent.
 *
 * When time is up, it stops behind a row, waits until all rows so far are acknowledged, and saves a
 * checkpoint. The next attempt reads the file from its start, since the format and the counts come from
 * there, and sends only the rows behind the checkpoint. So whoever continues, even twice or at once, sends
 * rows in order, after all rows before them are in Kafka: (source, row) stays a sequence number (ADR 22).
 *
 * @returns undefined for a file that was done before
 * @throws OutOfTime for a file to be continued
 */
export async function ingestObservations(
  file: IncomingFile,
  limits: Limits,
  ports: Ports,
): Promise<Counts | undefined> {
  const attempt = Number(await ports.startIngest(file));
  if (attempt === 0) return undefined;
  const checkpoint = await ports.handOn?.read(file.source);
  const sending = ports.startSending();
  let counts = nothing;
  let number = 0;
  try {
    const isFormat = baseName(file.key) === formatFileName;
    if (isFormat) {
      parseFormatFile(await allOf(file.open()));
      counts = { ...nothing, rowsSkipped: 1 };
    }
    const format = isFormat ? undefined : await ports.findFormat?.(file.key);
    for await (const part of isFormat ? [] : partsOf(file.open())) {
      const identity = part.member === undefined ? file : memberOf(file, part.member);
      if (identity !== file) await ports.startMember(identity, file);
      const sentUpTo = sentLines(checkpoint, number);
      const partPorts = { ...ports, attempt, sentUpTo };
      const ingested = await ingestPart(part, identity, format, limits, sending, partPorts);
      if (typeof ingested === 'number') {
        await sending.finish();
        await ports.handOn?.save(file.source, { part: number, line: ingested });
        throw new OutOfTime();
      }
      counts = sum(counts, ingested);
      number++;
    }
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    await sendRefusal(sending, file, ports.now(), { attempt, fault: error });
    counts = sum(counts, { ...nothing, rowsRead: 1, rowsRefused: 1 });
  }
  await sending.finish();
  await ports.markIngested(file, counts, attempt);
  if (checkpoint) await ports.handOn?.forget(file.source);
  return counts;
}

/** The last line of a part that an earlier attempt has sent; infinite for a part that is done. */
function sentLines(checkpoint: Checkpoint | undefined, part: number): number {
  if (checkpoint === undefined || part > checkpoint.part) return 0;
  return part < checkpoint.part ? Number.POSITIVE_INFINITY : checkpoint.line;
}

type FileCounts = Required<Counts>;

const nothing: FileCounts = {
  rowsRead: 0,
  rowsValid: 0,
  rowsInvalid: 0,
  rowsSkipped: 0,
  rowsRefused: 0,
  ignoredColumns: [],
  days: [],
};

function sum(a: FileCounts, b: FileCounts): FileCounts {
  return {
    rowsRead: a.rowsRead + b.rowsRead,
    rowsValid: a.rowsValid + b.rowsValid,
    rowsInvalid: a.rowsInvalid + b.rowsInvalid,
    rowsSkipped: a.rowsSkipped + b.rowsSkipped,
    rowsRefused: a.rowsRefused + b.rowsRefused,
    ignoredColumns: [...new Set([...a.ignoredColumns, ...b.ignoredColumns])],
    days: [...new Set([...a.days, ...b.days])],
  };
}

const baseName = (key: string) => key.slice(key.lastIndexOf('/') + 1);

/** Of a format file, which is short: what is beyond its limit is not held. */
async function allOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const held: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    if (bytes <= maxFormatBytes) held.push(chunk);
    bytes += chunk.length;
  }
  return Buffer.concat(held);
}

/** A file of an archive has rows of its own, and so a source of its own. */
const memberOf = ({ key, eTag }: FileVersion, member: string) => versionOf(`${key}/${member}`, eTag);

interface PartPorts extends Ports {
  readonly attempt: number;
  /** Rows up to this line were sent before. */
  readonly sentUpTo: number;
}

/**
 * @returns the line of the last row that was sent, if time was up
 * @throws BadRecord when the content breaks off for good. Rows that came before are sent.
 */
async function ingestPart(
  { member, content }: Part,
  identity: FileVersion,
  format: FormatFile | undefined,
  limits: Limits,
  sending: OrderedSend,
  ports: PartPorts,
): Promise<FileCounts | number> {
  const refuse = (fault: BadRecord) =>
    ports.sentUpTo > 0
      ? undefined
      : sendRefusal(sending, identity, ports.now(), { attempt: ports.attempt, fault });
  let text: OpenedText;
  try {
    if (member !== undefined && baseName(member) === formatFileName) throw misplacedFormat();
    text = await openText(content, { score: scoreRow, remedy: remedyFor, ...format?.dialect });
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    await refuse(error);
    // The next file of an archive begins where this one ends.
    if (member !== undefined) await drain(rowless(content));
    // Without an end to its rows, the file counts as one.
    return { ...nothing, rowsRead: 1, rowsRefused: 1 };
  }
  const { sample, rest } = await takeSample(rowsOf(text, format?.dialect));
  if (sample.length === 0) return nothing;

  const judging = { limits, receivedAtMs: ports.now() };
  let recognised: Recognised;
  try {
    recognised = format
      ? recogniseByFormat(sample, text.layout, format, baseName(identity.key))
      : recogniseRows(sample, text.layout);
    judgeSample([...readRows(recognised, judging).read(sample)], format !== undefined);
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    await refuse(error);
    const rows = sample.length + (await drain(rest));
    return { ...nothing, rowsRead: rows, rowsRefused: rows };
  }

  const sender = rowSender(sending, identity, ports.now, ports.sentUpTo);
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
    for await (const block of rest) {
      await sendAll(reader.read(block));
      if (sender.lastLine > ports.sentUpTo && ports.handOn?.isTimeUp()) return sender.lastLine;
    }
    await sendAll(reader.end());
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    const row = { line: sender.lastLine + 1, raw: '', cells: [] };
    await sendAll([{ row, fault: error, format: recognised.format }]);
  }
  return { ...sender.counts(), ignoredColumns: recognised.ignored };
}

const misplacedFormat = () =>
  new BadRecord(
    'FORMAT_MISMATCH',
    `found a format file inside an archive, expected it beside the archive: drop ${formatFileName} into its folder`,
  );

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
