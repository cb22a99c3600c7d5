import { maxRecordBytes } from '../../shared/incoming/csv.ts';

/** One value of a file. */
interface JsonValue {
  /** Its line, from 1; of an array, which may be one long line, its place among the elements. */
  readonly row: number;
  readonly raw: string;
  /** What is wrong with its form. */
  readonly malformed?: string;
}

export interface JsonTokenizer {
  /** The values that this piece of the file completes. Read them before the next call. */
  push(chunk: Buffer): Iterable<JsonValue>;
  /** The values that only the end of the file completes. */
  end(): Iterable<JsonValue>;
}

const lf = 0x0a;
const keptBytes = 8 * 1024;
const tooLong = `more than ${maxRecordBytes} bytes, which is the limit of a row`;

/** Splits a stream of bytes into lines, in memory that does not grow with the file. A line that is broken costs only itself. */
export function tokenizeJsonLines(): JsonTokenizer {
  let rest: Buffer = Buffer.alloc(0);
  let row = 0;
  let isSkipping = false;

  function* read(chunk: Buffer, isEnd: boolean): Generator<JsonValue> {
    const bytes = Buffer.concat([rest, chunk, Buffer.from(isEnd ? '\n' : '')]);
    let from = 0;
    for (let end = bytes.indexOf(lf); end >= 0; end = bytes.indexOf(lf, from)) {
      const raw = bytes.toString('utf8', from, end).trim();
      from = end + 1;
      row++;
      // Of the line that was too long, this is the tail.
      if (!isSkipping && raw !== '') yield { row, raw };
      isSkipping = false;
    }
    rest = bytes.subarray(from);
    if (rest.length <= maxRecordBytes) return;
    if (!isSkipping) yield { row: row + 1, raw: rest.toString('utf8', 0, keptBytes), malformed: tooLong };
    isSkipping = true;
    rest = Buffer.alloc(0);
  }
  return { push: (chunk) => read(chunk, false), end: () => read(Buffer.alloc(0), true) };
}

const [openArray, closeArray, openObject, closeObject, comma, quote, backslash] = Buffer.from('[]{},"\\');

/**
 * Splits one array into the texts of its elements, in memory that does not grow with the file. After an element that never ends
 * nothing can be told apart: it and what follows is one malformed row.
 */
export function tokenizeJsonArray(): JsonTokenizer {
  let rest: Buffer = Buffer.alloc(0);
  /** How far `rest` has been looked through, and what is open there. */
  let at = 0;
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  let row = 0;
  let isOver = false;

  /** Moves past a byte; answers whether an element ends before it. */
  const isEndAt = (byte: number | undefined): boolean => {
    if (isEscaped) isEscaped = false;
    else if (isInString) {
      if (byte === backslash) isEscaped = true;
      else if (byte === quote) isInString = false;
    } else if (byte === quote) isInString = true;
    else if (byte === openArray || byte === openObject) depth++;
    else if (byte === closeArray || byte === closeObject) depth--;
    // The array itself is the first level.
    return !isInString && ((depth === 1 && byte === comma) || depth === 0);
  };

  function* push(chunk: Buffer): Generator<JsonValue> {
    if (isOver) return;
    rest = Buffer.concat([rest, chunk]);
    let from = 0;
    for (; at < rest.length && !isOver; at++) {
      const isFirst = depth === 0;
      if (!isEndAt(rest[at])) {
        // The bracket that opens the array, and what stands before it, is no element's.
        if (isFirst) from = at + 1;
        continue;
      }
      if (isFirst) {
        from = at + 1;
        continue;
      }
      const raw = rest.toString('utf8', from, at).trim();
      from = at + 1;
      if (raw !== '') yield { row: ++row, raw };
      isOver = depth === 0;
    }
    rest = rest.subarray(from);
    at -= from;
    if (rest.length <= maxRecordBytes) return;
    yield { row: ++row, raw: rest.toString('utf8', 0, keptBytes), malformed: tooLong };
    isOver = true;
  }

  return {
    push,
    *end() {
      if (isOver) return;
      const raw = rest.toString('utf8', 0, keptBytes).trim();
      yield { row: row + 1, raw, malformed: 'the end of the file in an array, which may have been cut off' };
    },
  };
}
