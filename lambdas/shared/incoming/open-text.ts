import { BadRecord } from '../failures/failures.ts';
import { gunzip, zipMembers } from './compression.ts';
import { normaliseLineEnds } from './line-ends.ts';
import { type Hints, type Sniffed, sniff, sniffedBytes } from './sniff.ts';
import { utf8Decoder } from './text-encoding.ts';

/** A file, or one file of an archive. Read it to its end before asking for the next. */
export interface Part {
  /** Its name in the archive. */
  readonly member: string | undefined;
  readonly content: AsyncIterable<Buffer>;
}

/** A file that was recognised, as UTF-8 with LF or CRLF. */
export interface OpenedText extends Sniffed {
  readonly chunks: AsyncIterable<Buffer>;
}

/**
 * The files in a dropped file: itself, decompressed if it is gzip, or each member of a ZIP archive.
 *
 * @throws BadRecord (UNREADABLE_FILE) for broken or endless compressed data, a workbook, and an archive
 * without files
 */
export async function* partsOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Part> {
  const { start, all } = await peek(chunks, 4);
  if (startsWith(start, gzip)) yield { member: undefined, content: gunzip(all) };
  else if (startsWith(start, zip)) yield* membersOf(all);
  else yield { member: undefined, content: all };
}

/** @throws BadRecord (UNREADABLE_FILE) as `sniff` does */
export async function openText(content: AsyncIterable<Buffer>, hints: Hints): Promise<OpenedText> {
  const { start, all } = await peek(content, sniffedBytes);
  const sniffed = sniff(start, hints);
  return { ...sniffed, chunks: textOf(all, sniffed) };
}

const gzip = Buffer.from([0x1f, 0x8b]);
const zip = Buffer.from('PK\x03\x04');
const startsWith = (bytes: Buffer, prefix: Buffer) => bytes.subarray(0, prefix.length).equals(prefix);

async function* membersOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Part> {
  let isEmpty = true;
  for await (const { name, content } of zipMembers(chunks)) {
    if (workbook.test(name))
      throw new BadRecord(
        'UNREADABLE_FILE',
        'found a workbook (Excel or OpenDocument), expected CSV, JSON lines or a JSON array: save the sheet as CSV',
      );
    if (aside.test(name)) for await (const _ of content);
    else {
      isEmpty = false;
      yield { member: name, content };
    }
  }
  if (isEmpty)
    throw new BadRecord('UNREADABLE_FILE', 'found a ZIP archive without files, expected at least one');
}

const workbook = /^(\[Content_Types\]\.xml|xl\/.*|mimetype)$/;
/** Entries that macOS adds to archives. */
const aside = /(^|\/)(__MACOSX\/|\.DS_Store$|\._)/;

async function* textOf(bytes: AsyncIterable<Buffer>, { encoding }: Sniffed): AsyncGenerator<Buffer> {
  const decoder = utf8Decoder(encoding);
  const lineEnds = normaliseLineEnds();
  let toSkip = encoding.skip;
  for await (const chunk of bytes) {
    const rest = toSkip > 0 ? chunk.subarray(toSkip) : chunk;
    toSkip = Math.max(0, toSkip - chunk.length);
    yield lineEnds.push(decoder.push(rest));
  }
  yield lineEnds.push(decoder.end());
  yield lineEnds.end();
}

/** The first bytes, at least `bytes` if there are so many, and all of it, those included. */
async function peek(chunks: AsyncIterable<Buffer>, bytes: number) {
  const source = chunks[Symbol.asyncIterator]();
  const held: Buffer[] = [];
  let length = 0;
  while (length < bytes) {
    const { value, done } = await source.next();
    if (done) break;
    held.push(value);
    length += value.length;
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      yield* held.splice(0);
      for (;;) {
        const { value, done } = await source.next();
        if (done) return;
        yield value;
      }
    } finally {
      await source.return?.();
    }
  }
  return { start: Buffer.concat(held), all: all() };
}
