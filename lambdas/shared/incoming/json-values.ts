import { maxRecordBytes } from './csv.ts';

interface JsonValue {
  /** Line number from 1; in an array, which may be one long line, the number of the element. */
  readonly row: number;
  readonly raw: string;
  /** Says why the value cannot be parsed. */
  readonly malformed?: string;
}

export interface JsonTokenizer {
  /** Returns the values that this chunk completes. Read them before the next call. */
  push(chunk: Buffer): Iterable<JsonValue>;
  /** Returns the values that the end of the file completes. */
  end(): Iterable<JsonValue>;
}

const lf = 0x0a;
const keptBytes = 8 * 1024;
const tooLong = `more than ${maxRecordBytes} bytes, the limit of a row`;

/** Splits a stream of bytes into lines, in bounded memory. A line that is too long is one malformed value. */
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
      // After a line that was too long, the first piece is its tail.
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

/** Follows the nesting of one array, byte by byte. */
function arrayScanner() {
  let isInString = false;
  let isEscaped = false;
  const scanner = {
    /** 0 outside the array, 1 between its elements. */
    depth: 0,
    /** Consumes a byte. Returns whether it ends an element. */
    endsElement(byte: number | undefined): boolean {
      if (isEscaped) isEscaped = false;
      else if (isInString) {
        if (byte === backslash) isEscaped = true;
        else if (byte === quote) isInString = false;
      } else if (byte === quote) isInString = true;
      else if (byte === openArray || byte === openObject) scanner.depth++;
      else if (byte === closeArray || byte === closeObject) scanner.depth--;
      return !isInString && ((scanner.depth === 1 && byte === comma) || scanner.depth === 0);
    },
  };
  return scanner;
}

/**
 * Splits one array into the texts of its elements, in bounded memory. After an element that never ends,
 * elements cannot be told apart: it and all that follows are one malformed value.
 */
export function tokenizeJsonArray(): JsonTokenizer {
  const scanner = arrayScanner();
  let rest: Buffer = Buffer.alloc(0);
  /** Bytes of `rest` that were scanned. */
  let at = 0;
  let row = 0;
  let isOver = false;
  /** The start of what stands behind the array. It must not vanish. */
  let behind = '';
  let isEndless = false;

  function* push(chunk: Buffer): Generator<JsonValue> {
    if (isOver) {
      if (behind.length < keptBytes) behind = (behind + chunk.toString('utf8', 0, keptBytes)).trimStart();
      return;
    }
    rest = Buffer.concat([rest, chunk]);
    let from = 0;
    for (; at < rest.length && !isOver; at++) {
      const isOutside = scanner.depth === 0;
      const ends = scanner.endsElement(rest[at]);
      if (isOutside) {
        // The opening bracket, and blanks before it, belong to no element.
        from = at + 1;
        continue;
      }
      if (!ends) continue;
      const raw = rest.toString('utf8', from, at).trim();
      from = at + 1;
      if (raw !== '') yield { row: ++row, raw };
      isOver = scanner.depth === 0;
    }
    rest = rest.subarray(from);
    at -= from;
    if (isOver) behind = rest.toString('utf8', 0, keptBytes).trimStart();
    else if (rest.length > maxRecordBytes) {
      // All following bytes belong to this value, however long it is.
      yield { row: ++row, raw: rest.toString('utf8', 0, keptBytes), malformed: tooLong };
      isOver = true;
      behind = '';
      isEndless = true;
    }
  }

  return {
    push,
    *end() {
      if (isOver) {
        const raw = behind.slice(0, keptBytes).trim();
        if (raw !== '' && !isEndless)
          yield { row: row + 1, raw, malformed: 'text behind the end of the array' };
        return;
      }
      const raw = rest.toString('utf8', 0, keptBytes).trim();
      yield { row: row + 1, raw, malformed: 'the end of the file inside an array: the file may be cut off' };
    },
  };
}
