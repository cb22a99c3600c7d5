import { isUtf8 } from 'node:buffer';
import type { RecordLine } from '../contract.ts';
import type { Message } from './read-ranges.ts';

/** A longer value is cut: the page gets many of them at once. */
const shownBytes = 16 * 1024;

/** A record as the page shows it. Bytes that are no text are shown in hexadecimal digits. */
export function recordLine(
  partition: number,
  { key, value, offset, timestamp, headers }: Message,
): RecordLine {
  return {
    partition,
    offset: Number(offset),
    timestampMs: Number(timestamp),
    key: key ? textOf(key) : null,
    value: value ? textOf(value.subarray(0, shownBytes)) : null,
    valueBytes: value?.length ?? 0,
    headers: Object.entries(headers ?? {}).flatMap(([name, values]) =>
      [values ?? []].flat().map((bytes): [string, string] => [name, textOf(Buffer.from(bytes))]),
    ),
    file: null,
  };
}

function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  // A cut may split the last character.
  const whole = [1, 2, 3].map((cut) => bytes.subarray(0, -cut)).find((shorter) => isUtf8(shorter));
  return bytes.length === shownBytes && whole ? whole.toString() : `0x${bytes.toString('hex')}`;
}
