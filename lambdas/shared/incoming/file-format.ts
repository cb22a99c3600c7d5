import { BadRecord } from '../failures/failures.ts';

const signatures: readonly (readonly [format: string, signature: Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['a ZIP archive, such as an Excel workbook', Buffer.from('PK\x03\x04')],
  ['Parquet', Buffer.from('PAR1')],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['UTF-16', Buffer.from([0xff, 0xfe])],
  ['UTF-16', Buffer.from([0xfe, 0xff])],
  ['PDF', Buffer.from('%PDF-')],
];

/** Throws BadRecord when a file that begins like this cannot be CSV in UTF-8. */
export function assertReadable(start: Buffer): void {
  const format = signatures.find(([, signature]) =>
    start.subarray(0, signature.length).equals(signature),
  )?.[0];
  if (format) throw new BadRecord('UNREADABLE_FILE', `found ${format}, expected CSV in UTF-8`);
  const nul = start.indexOf(0);
  if (nul >= 0) throw new BadRecord('UNREADABLE_FILE', `found a NUL byte at ${nul}, expected CSV in UTF-8`);
}
