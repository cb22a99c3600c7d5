import { isUtf8 } from 'node:buffer';
import { BadRecord } from '../failures/failures.ts';
import { type Delimiter, tokenizeCsv } from './csv.ts';
import {
  detectEncoding,
  ForeignEncoding,
  hasMark,
  type TextEncoding,
  undecided,
  utf8Decoder,
} from './text-encoding.ts';

/** How the rows of a file are separated. */
export type Layout =
  | { readonly kind: 'csv'; readonly delimiter: Delimiter }
  | { readonly kind: 'json-lines' }
  | { readonly kind: 'json-array' };

/** The encoding and layout of a file, decided once from its first bytes, before any row is sent. */
export interface Sniffed {
  readonly encoding: TextEncoding;
  readonly layout: Layout;
}

export interface Hints {
  /**
   * How much a row looks like one of the caller's: a header with many known names more than one with few, a
   * row of data a little, anything else 0. The delimiter with the best row wins.
   */
  readonly score: (cells: readonly string[]) => number;
  /** Known from elsewhere, a format file for instance. */
  readonly encoding?: string | undefined;
  readonly delimiter?: Delimiter | undefined;
  /** Ends a refusal for the encoding, from the records as the likeliest encoding reads them. */
  readonly remedy?: (records: readonly (readonly string[])[], found: Found) => string;
}

interface Found {
  readonly encoding: string;
  readonly delimiter: Delimiter;
}

/** So much of a file is enough to recognise it. */
export const sniffedBytes = 128 * 1024;

/**
 * Recognises a file by its first bytes.
 *
 * @param start at least `sniffedBytes` of the file after decompression, or all of it
 * @throws BadRecord (UNREADABLE_FILE) for what is not text in rows: found what, expected what, and the remedy
 */
export function sniff(start: Buffer, hints: Hints): Sniffed {
  try {
    return recognise(start, hints);
  } catch (error) {
    if (!(error instanceof ForeignEncoding) || hints.remedy === undefined) throw error;
    throw new BadRecord(error.errorType, error.message + remedyOf(error, start, hints), { cause: error });
  }
}

function remedyOf({ likeliest: encoding }: ForeignEncoding, start: Buffer, hints: Hints): string {
  let layout: Layout;
  try {
    layout = recognise(start, { ...hints, encoding }).layout;
  } catch {
    return '';
  }
  if (layout.kind !== 'csv') return '';
  const lines = Buffer.from(new TextDecoder(encoding).decode(start.subarray(0, sniffedBytes)));
  const tokenizer = tokenizeCsv(layout.delimiter);
  const records = [...tokenizer.push(lines)].map(({ cells }) => cells);
  return hints.remedy?.(records, { encoding, delimiter: layout.delimiter }) ?? '';
}

function recognise(start: Buffer, { score, encoding: named, delimiter }: Hints): Sniffed {
  refuseKnownBinary(start);
  const whole = start.length > sniffedBytes ? cutAtLineEnd(start.subarray(0, sniffedBytes)) : start;
  // A byte order mark leaves no doubt, whatever the encoding of the other files in the folder.
  const encoding = named === undefined || hasMark(whole) ? recognised(whole) : { name: named, skip: 0 };
  const decoder = utf8Decoder(encoding);
  const text = Buffer.concat([decoder.push(whole.subarray(encoding.skip)), decoder.end()]).toString();
  refuseBinary(whole, text);
  refuseMarkup(text);
  const first = /^\s*([[{]?)/.exec(text)?.[1];
  if (first === '[') return { encoding, layout: { kind: 'json-array' } };
  if (first === '{') return { encoding, layout: jsonObjects(text) };
  return { encoding, layout: { kind: 'csv', delimiter: delimiter ?? likelyDelimiter(text, score) } };
}

const signatures: readonly (readonly [format: string, signature: Buffer, remedy?: string])[] = [
  ['an old Excel workbook (.xls)', Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), 'save the sheet as CSV'],
  ['gzip inside another compressed file', Buffer.from([0x1f, 0x8b])],
  ['a ZIP archive inside another compressed file', Buffer.from('PK\x03\x04')],
  ['an empty ZIP archive', Buffer.from('PK\x05\x06')],
  ['Parquet', Buffer.from('PAR1')],
  ['ORC', Buffer.from('ORC')],
  ['Avro', Buffer.from('Obj\x01')],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 'decompress it, or use gzip'],
  ['bzip2', Buffer.from('BZh'), 'decompress it, or use gzip'],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), 'decompress it, or use gzip'],
  ['7-Zip', Buffer.from([0x37, 0x7a, 0xbc, 0xaf]), 'decompress it, or use gzip'],
  ['NetCDF', Buffer.from('CDF')],
  ['HDF5 or NetCDF', Buffer.from('\x89HDF', 'latin1')],
  ['GRIB', Buffer.from('GRIB')],
  ['SQLite', Buffer.from('SQLite format 3')],
  ['PDF', Buffer.from('%PDF-')],
  ['PNG', Buffer.from('\x89PNG', 'latin1')],
  ['JPEG', Buffer.from([0xff, 0xd8, 0xff])],
];

const expected = 'expected CSV, JSON lines or a JSON array';

function refuseKnownBinary(start: Buffer): void {
  const known = signatures.find(([, signature]) => start.subarray(0, signature.length).equals(signature));
  if (known)
    throw new BadRecord(
      'UNREADABLE_FILE',
      `found ${known[0]}, ${expected}: ${known[2] ?? 'convert it first'}`,
    );
}

/**
 * Text has hardly any control characters; random bytes have a tenth. A row may have one, which costs that
 * row.
 */
const binaryShare = 0.03;
const utf16Share = 0.25;

function refuseBinary(bytes: Buffer, text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it counts
  const controls = text.match(/[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/g)?.length ?? 0;
  const nuls = text.match(/\0/g)?.length ?? 0;
  if (nuls > text.length * utf16Share)
    throw new BadRecord(
      'UNREADABLE_FILE',
      `found UTF-16 without a byte order mark, or binary data, ${expected}: save it as UTF-8`,
    );
  if (controls > text.length * (isUtf8(bytes) ? binaryShare : binaryShare / 10) && controls > 1)
    throw new BadRecord('UNREADABLE_FILE', `found binary data, ${expected}`);
}

function refuseMarkup(text: string): void {
  const tag = /^\s*<([!?/a-zA-Z][^\s>]{0,20})/.exec(text)?.[1];
  if (tag !== undefined)
    throw new BadRecord(
      'UNREADABLE_FILE',
      `found ${/^(!doctype|html|head|body)$/i.test(tag) ? 'a web page (HTML)' : `markup (<${tag}…)`}, ${expected}: ` +
        'download the data itself, an error page may have been saved in its place',
    );
}

/** @throws BadRecord for one object over many lines, which is no list of rows */
function jsonObjects(text: string): Layout {
  const firstLine = /^\s*(.*)/.exec(text)?.[1] ?? '';
  try {
    JSON.parse(firstLine);
    return { kind: 'json-lines' };
  } catch {
    const isOneLine = !text.trim().includes('\n');
    if (isOneLine || /^\s*\{.*\}\s*$/m.test(firstLine)) return { kind: 'json-lines' };
    throw new BadRecord(
      'UNREADABLE_FILE',
      'found a JSON object over several lines, expected a JSON array of objects, or one object a line',
    );
  }
}

function recognised(start: Buffer): TextEncoding {
  const encoding = detectEncoding(start);
  return encoding.name === undecided && start.length === 0 ? { name: 'utf-8', skip: 0 } : encoding;
}

function cutAtLineEnd(bytes: Buffer): Buffer {
  const end = Math.max(bytes.lastIndexOf(0x0a), bytes.lastIndexOf(0x0d));
  return end < 0 ? bytes : bytes.subarray(0, end + 1);
}

const delimiters: readonly Delimiter[] = [',', ';', '\t', '|'];
/** Title and comment lines stand before the header in what people export; rarely more than these. */
const lookedAtRecords = 60;

function likelyDelimiter(text: string, score: Hints['score']): Delimiter {
  const lines = Buffer.from(`${text.replaceAll(/\r\n?/g, '\n').split('\n', lookedAtRecords).join('\n')}\n`);
  const judged = delimiters.map((delimiter) => {
    const tokenizer = tokenizeCsv(delimiter);
    const records = [...tokenizer.push(lines), ...tokenizer.end()].map(({ cells }) => cells);
    return { delimiter, score: Math.max(0, ...records.map(score)), regular: regularity(records) };
  });
  return judged.reduce((best, each) =>
    each.score > best.score || (each.score === best.score && each.regular > best.regular) ? each : best,
  ).delimiter;
}

/** How many records have the most frequent number of cells, if that is more than one. */
function regularity(records: readonly (readonly string[])[]): number {
  const counts = new Map<number, number>();
  for (const { length } of records) if (length > 1) counts.set(length, (counts.get(length) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
