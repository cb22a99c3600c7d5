import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Unzip, type UnzipFile, UnzipInflate } from 'fflate';
import { BadRecord } from '../failures/failures.ts';

/**
 * Limits for the decompressed content: far above real weather files, and below a size that harms a function.
 */
export interface ExpansionLimits {
  /** Bytes in all. */
  readonly bytes: number;
  /** Bytes for each compressed byte. Weather files reach 5 to 30; a bomb goes to 1,032. */
  readonly ratio: number;
}

const expansionLimits: ExpansionLimits = { bytes: 8 * 1024 ** 3, ratio: 250 };

/** A file inside an archive. Read it to its end before asking for the next. */
export interface Member {
  readonly name: string;
  readonly content: AsyncIterable<Buffer>;
}

/** Below this a ratio says nothing: a header or one repeated row compresses far better than a file. */
const ratioCountsFrom = 4 * 1024 * 1024;

/** Counts what comes in and out of a decompression. @throws BadRecord beyond the limits */
function meter({ bytes: mostBytes, ratio: mostRatio }: ExpansionLimits) {
  let read = 0;
  let written = 0;
  return {
    read: (bytes: number) => {
      read += bytes;
    },
    write: (bytes: number) => {
      written += bytes;
      if (written > mostBytes) throw refused(`more than ${mostBytes} bytes when decompressed`);
      if (written > ratioCountsFrom && written > read * mostRatio)
        throw refused(
          `data that grows more than ${mostRatio}-fold when decompressed, as a decompression bomb does`,
        );
    },
  };
}

/**
 * Decompresses gzip, also of several members in a row. @throws BadRecord for broken data and beyond the
 * limits
 */
export async function* gunzip(
  chunks: AsyncIterable<Buffer>,
  limits: ExpansionLimits = expansionLimits,
): AsyncGenerator<Buffer> {
  const count = meter(limits);
  async function* counted() {
    for await (const chunk of chunks) {
      count.read(chunk.length);
      yield chunk;
    }
  }
  const source = Readable.from(counted(), { objectMode: false });
  const unzipped = createGunzip();
  // A source that fails must not look like a file that ends.
  source.on('error', (error) => unzipped.destroy(error));
  source.pipe(unzipped);
  try {
    for await (const chunk of unzipped as AsyncIterable<Buffer>) {
      count.write(chunk.length);
      yield chunk;
    }
  } catch (cause) {
    throw isZlibError(cause) ? refused(`broken gzip (${cause.message})`, cause) : cause;
  } finally {
    source.destroy();
    unzipped.destroy();
  }
}

const isZlibError = (error: unknown): error is Error =>
  typeof error === 'object' && error !== null && 'code' in error && String(error.code).startsWith('Z_');

/** A piece of an archive that is decompressed at once: of a bomb it becomes 8 MB at most. */
const pieceBytes = 8 * 1024;

/** The files of a ZIP archive, in their order. Folders are left out. @throws BadRecord as `gunzip` */
export async function* zipMembers(
  chunks: AsyncIterable<Buffer>,
  limits: ExpansionLimits = expansionLimits,
): AsyncGenerator<Member> {
  const count = meter(limits);
  const source = pieces(chunks)[Symbol.asyncIterator]();
  const waiting: UnzipFile[] = [];
  let isOver = false;
  let tail: Buffer = Buffer.alloc(0);
  let isBroken = false;
  const unzip = new Unzip((file) => waiting.push(file));
  unzip.register(UnzipInflate);

  /** Reads on, and answers whether there was more. */
  const advance = async (): Promise<boolean> => {
    if (isOver) return false;
    const { value, done } = await source.next();
    isOver = done === true;
    if (isOver) assertEnded(tail);
    else {
      count.read(value.length);
      tail = Buffer.concat([tail, value]).subarray(-longestTail);
    }
    try {
      unzip.push(isOver ? Buffer.alloc(0) : value, isOver);
    } catch (cause) {
      throw cause instanceof BadRecord ? cause : refused(`a broken ZIP archive (${messageOf(cause)})`, cause);
    }
    return true;
  };

  /** After broken data, nothing that follows can be trusted. */
  async function* contentOf(file: UnzipFile): AsyncGenerator<Buffer> {
    isBroken = true;
    yield* unzipped(file);
    isBroken = false;
  }

  async function* unzipped(file: UnzipFile): AsyncGenerator<Buffer> {
    const ready: Buffer[] = [];
    let isDone = false;
    let written = 0;
    file.ondata = (error, data, final) => {
      if (error)
        throw error instanceof BadRecord
          ? error
          : refused(`${file.name}: broken data (${error.message})`, error);
      count.write(data.length);
      written += data.length;
      if (data.length > 0) ready.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      isDone = final;
    };
    try {
      file.start();
    } catch (cause) {
      throw cause instanceof BadRecord ? cause : refused(`${file.name}: ${messageOf(cause)}`, cause);
    }
    while (true) {
      for (let next = ready.shift(); next; next = ready.shift()) yield next;
      if (isDone && file.originalSize !== undefined && written !== file.originalSize)
        throw refused(`${file.name}: ${written} bytes, and its entry says ${file.originalSize}`);
      if (isDone) return;
      if (!(await advance())) throw refused(`${file.name}: the archive ends in its middle`);
    }
  }

  while (!isBroken && (waiting.length > 0 || (await advance()))) {
    for (
      let file = isBroken ? undefined : waiting.shift();
      file;
      file = isBroken ? undefined : waiting.shift()
    )
      if (!file.name.endsWith('/')) yield { name: file.name, content: contentOf(file) };
  }
}

/** The end record, with the longest comment it may have. */
const longestTail = 22 + 65_535;

/** An archive that was cut off may look whole up to there. */
function assertEnded(tail: Buffer): void {
  if (!tail.includes('PK\x05\x06')) throw refused('a broken ZIP archive (its end is missing)');
}

async function* pieces(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks)
    for (let from = 0; from < chunk.length; from += pieceBytes) yield chunk.subarray(from, from + pieceBytes);
}

const refused = (found: string, cause?: unknown) =>
  new BadRecord('UNREADABLE_FILE', `found ${found}`, cause === undefined ? undefined : { cause });

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
