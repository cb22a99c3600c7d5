import { isUtf8 } from 'node:buffer';

/** One record of a file: its cells, or why it has none. */
export interface CsvRecord {
  /** The line of the file it starts on, from 1. */
  readonly line: number;
  readonly raw: string;
  /** Its size in the file, where `raw` is only its start. */
  readonly rawBytes?: number;
  readonly cells: readonly string[];
  /** The fault in its form. A malformed record has no cells. */
  readonly malformed?: string;
}

export interface CsvTokenizer {
  /** The records that this piece of the file completes. Read them before the next call. */
  push(chunk: Buffer): Iterable<CsvRecord>;
  /** The records that only the end of the file completes. */
  end(): Iterable<CsvRecord>;
}

/** One character of ASCII. */
export type Delimiter = string;

export interface CsvOptions {
  /** Blanks before a quoted cell belong to no cell. */
  readonly skipInitialSpace?: boolean | undefined;
}

/** The longest record that is read, and the farthest that a quoted cell can reach. */
export const maxRecordBytes = 1024 * 1024;

/** How much is kept of a record beyond that limit. */
const keptBytes = 8 * 1024;

const lf = 0x0a;
const cr = 0x0d;
const quote = 0x22;
const blank = 0x20;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Splits a stream of bytes into the records of RFC 4180, in memory that does not grow with the file. Lines
 * may end in LF or CRLF; blank lines are no records. A record that breaks the rules costs only its first
 * line: reading resumes on the line after it. A quote in the middle of an unquoted cell stands for itself.
 */
export function tokenizeCsv(
  delimiter: Delimiter = ',',
  { skipInitialSpace = false }: CsvOptions = {},
): CsvTokenizer {
  const separator = delimiter.charCodeAt(0);
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  let isStart = true;
  let overlong: { kept: Buffer; bytes: number } | undefined;

  /** Skips to the end of a line that is too long; undefined when the chunk does not have it. */
  const skipOverlong = (chunk: Buffer, isEnd: boolean): CsvRecord | undefined => {
    if (!overlong) return undefined;
    const end = chunk.indexOf(lf);
    overlong.bytes += end < 0 ? chunk.length : end;
    rest = end < 0 ? Buffer.alloc(0) : chunk.subarray(end + 1);
    if (end < 0 && !isEnd) return undefined;
    const record = tooLong(line++, overlong);
    overlong = undefined;
    return record;
  };

  /** The way of nearly all lines: a whole block is decoded at once and cut up as text. */
  function* plainRecords(block: Buffer): Generator<CsvRecord> {
    const isText = isUtf8(block);
    // Latin-1 keeps every byte apart, so that the lines that are text can still be told from those that are
    // not.
    const text = block.toString(isText ? 'utf8' : 'latin1');
    for (let start = 0; start < text.length; line++) {
      const newline = text.indexOf('\n', start);
      const end = newline > start && text.charCodeAt(newline - 1) === cr ? newline - 1 : newline;
      const raw = text.slice(start, end);
      start = newline + 1;
      if (raw !== '')
        yield isText
          ? textRecord(raw, line, delimiter)
          : plainRecord(Buffer.from(raw, 'latin1'), line, delimiter);
    }
  }

  function* read(chunk: Buffer, isEnd: boolean): Generator<CsvRecord> {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    rest = Buffer.alloc(0);
    if (overlong) {
      const record = skipOverlong(bytes, isEnd);
      if (!record) return;
      yield record;
      bytes = rest;
    }
    let from = 0;
    if (isStart) {
      if (bytes.length < byteOrderMark.length && !isEnd) {
        rest = bytes;
        return;
      }
      isStart = false;
      if (bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark)) from = byteOrderMark.length;
    }

    while (from < bytes.length) {
      const plainEnd = endOfPlainLines(bytes, from);
      if (plainEnd > from) {
        yield* plainRecords(bytes.subarray(from, plainEnd));
        from = plainEnd;
        continue;
      }
      const found = readRecord(bytes, from, { line, isEnd, delimiter, separator, skipInitialSpace });
      if (!found) break;
      if (found.record) yield found.record;
      from = found.next;
      line += found.lines;
    }

    rest = bytes.subarray(from);
    if (rest.length > maxRecordBytes) {
      // No line end in sight: a line that is too long is skipped as it comes, and only its start is kept.
      overlong = { kept: Buffer.from(rest.subarray(0, keptBytes)), bytes: rest.length };
      rest = Buffer.alloc(0);
    }
  }

  return {
    push: (chunk) => read(chunk, false),
    *end() {
      yield* read(Buffer.alloc(0), true);
    },
  };
}

/** The end of the last whole line before the first quote. */
function endOfPlainLines(bytes: Buffer, from: number): number {
  const firstQuote = bytes.indexOf(quote, from);
  const before = firstQuote < 0 ? bytes.length : firstQuote;
  return before === 0 ? 0 : bytes.lastIndexOf(lf, before - 1) + 1;
}

interface Found {
  readonly next: number;
  readonly lines: number;
  /** Nothing for a blank line. */
  readonly record?: CsvRecord;
}

interface Place {
  readonly line: number;
  readonly isEnd: boolean;
  readonly delimiter: Delimiter;
  /** The delimiter's byte. */
  readonly separator: number;
  readonly skipInitialSpace: boolean;
}

/** Reads the record at `from`; undefined when more bytes are needed to know where it ends. */
function readRecord(bytes: Buffer, from: number, place: Place): Found | undefined {
  const { line, isEnd, delimiter } = place;
  const newline = bytes.indexOf(lf, from);
  if (newline < 0 && !isEnd) return undefined;
  const lineEnd = newline < 0 ? bytes.length : newline;
  const firstLine = bytes.subarray(from, trimReturn(bytes, from, lineEnd));
  const afterLine = { next: Math.min(lineEnd + 1, bytes.length), lines: 1 };

  if (firstLine.length === 0) return afterLine;
  if (firstLine.length > maxRecordBytes) {
    const kept = firstLine.subarray(0, keptBytes);
    return { ...afterLine, record: tooLong(line, { kept, bytes: firstLine.length }) };
  }
  if (!firstLine.includes(quote)) return { ...afterLine, record: plainRecord(firstLine, line, delimiter) };

  const quoted = readQuoted(bytes, from, place);
  if (quoted === 'unfinished') return undefined;
  if (typeof quoted === 'string') return { ...afterLine, record: malformed(firstLine, line, quoted) };
  const whole = bytes.subarray(from, quoted.end);
  if (whole.length > maxRecordBytes)
    return { ...afterLine, record: malformed(firstLine, line, 'unclosed quote') };
  if (!isUtf8(whole)) return { ...afterLine, record: malformed(firstLine, line, 'invalid UTF-8') };
  const lines = 1 + countNewlines(whole);
  return { next: quoted.next, lines, record: { line, raw: whole.toString(), cells: quoted.cells } };
}

function plainRecord(bytes: Buffer, line: number, delimiter: Delimiter): CsvRecord {
  return isUtf8(bytes)
    ? textRecord(bytes.toString(), line, delimiter)
    : malformed(bytes, line, 'invalid UTF-8');
}

function textRecord(raw: string, line: number, delimiter: Delimiter): CsvRecord {
  const bytes = raw.length * 3 > maxRecordBytes ? Buffer.from(raw) : undefined;
  if (bytes && bytes.length > maxRecordBytes)
    return tooLong(line, { kept: bytes.subarray(0, keptBytes), bytes: bytes.length });
  return { line, raw, cells: raw.split(delimiter) };
}

/**
 * Reads cell by cell, up to the line end that is in no quoted cell. Answers what is wrong when there is none.
 */
function readQuoted(bytes: Buffer, from: number, { isEnd, separator, skipInitialSpace }: Place) {
  const isTooFar = bytes.length - from > maxRecordBytes;
  const ranOut = (reason: string) => (isEnd || isTooFar ? reason : 'unfinished');
  const cells: string[] = [];
  let at = from;
  for (;;) {
    let end: number;
    if (skipInitialSpace) while (bytes[at] === blank) at++;
    if (bytes[at] === quote) {
      const closing = closingQuote(bytes, at + 1);
      // A quote at the very end may be the first of a pair, or stand before half a line end.
      if (closing < 0 || (closing + 2 >= bytes.length && !isEnd)) return ranOut('unclosed quote');
      cells.push(bytes.toString('utf8', at + 1, closing).replaceAll('""', '"'));
      end = closing + 1;
      if (bytes[end] === cr && (bytes[end + 1] ?? lf) === lf) end++;
      if (end < bytes.length && bytes[end] !== separator && bytes[end] !== lf)
        return 'text after a closing quote';
    } else {
      end = at;
      while (end < bytes.length && bytes[end] !== separator && bytes[end] !== lf) end++;
      if (end === bytes.length && !isEnd) return ranOut('no line end');
      cells.push(bytes.toString('utf8', at, bytes[end] === separator ? end : trimReturn(bytes, at, end)));
    }
    if (bytes[end] !== separator) {
      return { cells, end: trimReturn(bytes, from, end), next: Math.min(end + 1, bytes.length) };
    }
    at = end + 1;
  }
}

/** The place of the quote that closes a cell, past all doubled ones; -1 when it is not there. */
function closingQuote(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(quote, from);
  while (at >= 0 && bytes[at + 1] === quote) at = bytes.indexOf(quote, at + 2);
  return at;
}

function trimReturn(bytes: Buffer, from: number, end: number): number {
  return end > from && bytes[end - 1] === cr ? end - 1 : end;
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lf); at >= 0; at = bytes.indexOf(lf, at + 1)) count++;
  return count;
}

function malformed(bytes: Buffer, line: number, reason: string): CsvRecord {
  return { line, raw: bytes.toString(), cells: [], malformed: reason };
}

function tooLong(line: number, { kept, bytes }: { kept: Buffer; bytes: number }): CsvRecord {
  const reason = `${bytes} bytes long, expected at most ${maxRecordBytes}`;
  return { line, raw: kept.toString(), rawBytes: bytes, cells: [], malformed: reason };
}
