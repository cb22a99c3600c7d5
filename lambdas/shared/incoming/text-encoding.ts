import { isAscii, isUtf8 } from 'node:buffer';
import { BadRecord } from '../failures/failures.ts';

/**
 * The encoding of a file, as `TextDecoder` names it. `undecided`: all ASCII so far, so that UTF-8 and
 * windows-1252 read it alike; the first line with another byte decides.
 */
export interface TextEncoding {
  readonly name: string;
  /** Length of the byte order mark. */
  readonly skip: number;
}

/** A file becomes UTF-8 piece by piece. A piece may end anywhere, within a character too. */
export interface Utf8Decoder {
  push(chunk: Buffer): Buffer;
  end(): Buffer;
}

export const undecided = 'undecided';
const windows1252 = 'windows-1252';

const marks: readonly (readonly [name: string, mark: Buffer])[] = [
  ['utf-8', Buffer.from([0xef, 0xbb, 0xbf])],
  ['utf-16le', Buffer.from([0xff, 0xfe])],
  ['utf-16be', Buffer.from([0xfe, 0xff])],
];

export const hasMark = (start: Buffer): boolean =>
  marks.some(([, mark]) => start.subarray(0, mark.length).equals(mark));

/** A refusal is for a file whose rows nearly all need another encoding, not for a row with a broken byte. */
const refusedShare = 0.01;

/**
 * Recognises the encoding by a byte order mark, or by the bytes themselves. Bytes that are no UTF-8 are
 * windows-1252 only where they are what that encoding is used for: single Latin letters and signs among
 * ASCII. Runs of them are another script, which would become garbage.
 *
 * @param start the first bytes of the file, cut at a line end if possible
 * @throws BadRecord that names the likely encodings
 */
export function detectEncoding(start: Buffer): TextEncoding {
  for (const [name, mark] of marks)
    if (start.subarray(0, mark.length).equals(mark)) return { name, skip: mark.length };
  if (isAscii(start)) return { name: undecided, skip: 0 };
  const lines = linesOf(start);
  const foreign = lines.filter((line) => !isUtf8(line));
  if (foreign.length === 0 || lines.some((line) => !isAscii(line) && isUtf8(line)))
    return { name: 'utf-8', skip: 0 };
  if (foreign.every(isLatin)) return { name: windows1252, skip: 0 };
  const odd = foreign.filter((line) => !isLatin(line));
  const isNearlyAll = odd.length >= lines.length - 1 || (lines[0] !== undefined && odd.includes(lines[0]));
  const candidates = likelyEncodings(odd);
  if (candidates.length > 0 && (isNearlyAll || odd.length >= Math.max(2, refusedShare * lines.length)))
    throw new ForeignEncoding(candidates);
  return { name: 'utf-8', skip: 0 };
}

/** @param encoding undecided, or a name that `TextDecoder` knows */
export function utf8Decoder({ name }: Pick<TextEncoding, 'name'>): Utf8Decoder {
  if (name === 'utf-8') return asItIs;
  if (name === undecided) return decidingDecoder();
  const decoder = new TextDecoder(name);
  return {
    push: (chunk) => Buffer.from(decoder.decode(chunk, { stream: true })),
    end: () => Buffer.from(decoder.decode()),
  };
}

const asItIs: Utf8Decoder = { push: (chunk) => chunk, end: () => Buffer.alloc(0) };

/** Far longer than any line: beyond it the bytes count as UTF-8, and their row as malformed. */
const maxLineBytes = 1024 * 1024;
const lf = 0x0a;
const cr = 0x0d;

/** Passes ASCII through. The first whole line with other bytes decides for itself and for all that follow. */
function decidingDecoder(): Utf8Decoder {
  let decided: Utf8Decoder | undefined;
  let held: Buffer = Buffer.alloc(0);

  const decide = (line: Buffer): Utf8Decoder =>
    utf8Decoder({ name: !isUtf8(line) && isLatin(line) ? windows1252 : 'utf-8' });

  return {
    push(chunk) {
      if (decided) return decided.push(chunk);
      if (held.length === 0 && isAscii(chunk)) return chunk;
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const first = firstNonAscii(held);
      const begin = Math.max(held.lastIndexOf(lf, first), held.lastIndexOf(cr, first)) + 1;
      const end = lineEnd(held, first);
      if (end < 0 && held.length - begin <= maxLineBytes) {
        const ready = held.subarray(0, begin);
        held = held.subarray(begin);
        return ready;
      }
      decided = decide(held.subarray(begin, end < 0 ? held.length : end));
      const rest = decided.push(held);
      held = Buffer.alloc(0);
      return rest;
    },
    end() {
      if (decided) return decided.end();
      decided = decide(held);
      return Buffer.concat([decided.push(held), decided.end()]);
    },
  };
}

function firstNonAscii(bytes: Buffer): number {
  return bytes.findIndex((byte) => byte >= 0x80);
}

function lineEnd(bytes: Buffer, from: number): number {
  const ends = [bytes.indexOf(lf, from), bytes.indexOf(cr, from)].filter((at) => at >= 0);
  return ends.length === 0 ? -1 : Math.min(...ends);
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = lineEnd(bytes, from);
    const line = bytes.subarray(from, end < 0 ? bytes.length : end);
    if (line.length > 0) lines.push(line);
    from = end < 0 ? bytes.length : end + 1;
  }
  return lines;
}

/**
 * Signs of 0x80–0xbf that stand in data: € … ‘ ’ “ ” – — blank ° ± ² ³ ´ µ · º ª « » § © ® ½ ¼ ¾ and š œ ž Ÿ.
 */
const signs = new Set([
  ...[0x80, 0x85, 0x91, 0x92, 0x93, 0x94, 0x96, 0x97, 0x9a, 0x9c, 0x9e, 0x9f],
  ...[
    0xa0, 0xa7, 0xa9, 0xaa, 0xab, 0xae, 0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb7, 0xba, 0xbb, 0xbc, 0xbd,
    0xbe,
  ],
]);
const times = 0xd7;
const divided = 0xf7;
const isLetter = (byte: number) => byte >= 0xc0 && byte !== times && byte !== divided;
const isSmallLetter = (byte: number) => byte >= 0xdf && byte !== divided;

/**
 * Whether each byte beyond ASCII is a letter or sign of windows-1252 on its own, or two small letters
 * (`Määttä`).
 */
function isLatin(line: Buffer): boolean {
  for (let at = 0; at < line.length; at++) {
    const byte = line[at] ?? 0;
    if (byte < 0x80) continue;
    if (!isLetter(byte) && !signs.has(byte)) return false;
    const next = line[at + 1] ?? 0;
    if (next < 0x80) continue;
    const afterNext = line[at + 2] ?? 0;
    if (!isSmallLetter(byte) || !isSmallLetter(next) || afterNext >= 0x80) return false;
    at++;
  }
  return true;
}

interface Candidate {
  readonly name: string;
  readonly label: string;
  /** The characters beyond ASCII that text in this encoding consists of. */
  readonly script: RegExp;
}

/** Text that is no UTF-8. Its encodings, the likeliest first, are for a person to confirm. */
export class ForeignEncoding extends BadRecord {
  /** As `TextDecoder` names it. */
  readonly likeliest: string;

  constructor(likely: readonly Candidate[]) {
    super(
      'UNREADABLE_FILE',
      `found text that is no UTF-8, probably ${likely.map(({ label }) => label).join(' or ')}; ` +
        'save the file as UTF-8 and drop it again.',
    );
    this.likeliest = likely[0]?.name ?? 'utf-8';
  }
}

const candidates: readonly Candidate[] = [
  { name: 'euc-kr', label: 'Korean (CP949, EUC-KR)', script: /\p{Script=Hangul}/gu },
  {
    name: 'shift_jis',
    label: 'Japanese (Shift-JIS)',
    script: /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}\u3000-\u303f]/gu,
  },
  {
    name: 'euc-jp',
    label: 'Japanese (EUC-JP)',
    script: /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}\u3000-\u303f]/gu,
  },
  { name: 'gb18030', label: 'Chinese (GBK, GB18030)', script: /\p{Script=Han}/gu },
  { name: 'big5', label: 'Chinese (Big5)', script: /\p{Script=Han}/gu },
  { name: 'windows-1251', label: 'Cyrillic (windows-1251)', script: /\p{Script=Cyrillic}/gu },
  { name: 'koi8-r', label: 'Cyrillic (KOI8-R)', script: /\p{Script=Cyrillic}/gu },
  { name: 'windows-1253', label: 'Greek (windows-1253)', script: /\p{Script=Greek}/gu },
  { name: 'windows-1250', label: 'Central European (windows-1250)', script: /\p{Script=Latin}/gu },
];

/**
 * A share of the text beyond ASCII that speaks for an encoding. Legacy encodings overlap; names are for a
 * person.
 */
const likelyShare = 0.8;
const shown = 5;

function likelyEncodings(lines: readonly Buffer[]): Candidate[] {
  const bytes = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
  return candidates
    .map((candidate) => ({ candidate, share: shareOfScript(bytes, candidate) }))
    .filter(({ share }) => share >= likelyShare)
    .sort((a, b) => b.share - a.share)
    .slice(0, shown)
    .map(({ candidate }) => candidate);
}

/**
 * Words of an alphabet with capitals only at their start, which bytes read in a wrong encoding hardly ever
 * give.
 */
function isWritten(text: string): boolean {
  const words = text.match(/[\u0080-\u{10ffff}]{3,}/gu) ?? [];
  return words.length > 0 && words.every((word) => /^\p{Lu}?\p{Ll}+$/u.test(word));
}

function shareOfScript(bytes: Buffer, { name, script }: Candidate): number {
  try {
    const text = new TextDecoder(name, { fatal: true }).decode(bytes);
    const beyondAscii = [...text].filter((each) => each > '\x7f');
    const ofScript = beyondAscii.join('').match(script)?.length ?? 0;
    if (beyondAscii.length === 0) return 0;
    return ofScript / beyondAscii.length + (isWritten(text) ? 1 : 0);
  } catch {
    return 0;
  }
}
