/** Castagnoli's polynomial, its bits in reverse order. */
const polynomial = 0x82f63b78;
const steps = 8;

/**
 * One table for each of the 8 places in a step. It holds what a byte there adds to the checksum: 256 × 4
 * bytes.
 */
const tables = makeTables();

/**
 * CRC-32C, the checksum of Kafka's record batches. `zlib.crc32` uses another polynomial, so it cannot be
 * used. Eight tables let it take eight bytes a step. @platformatic/wasm-utils was not faster, and adds 84 kB
 * to each function that sends to Kafka (docs/adr/0012-record-encoder.md).
 * @see https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4
 */
export function crc32c(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lastStep = bytes.length - steps;
  let crc = -1;
  let at = 0;
  for (; at <= lastStep; at += steps) {
    const low = crc ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    crc =
      tables.getInt32((7 << 10) + ((low & 0xff) << 2), true) ^
      tables.getInt32((6 << 10) + ((low >>> 6) & 0x3fc), true) ^
      tables.getInt32((5 << 10) + ((low >>> 14) & 0x3fc), true) ^
      tables.getInt32((4 << 10) + ((low >>> 22) & 0x3fc), true) ^
      tables.getInt32((3 << 10) + ((high & 0xff) << 2), true) ^
      tables.getInt32((2 << 10) + ((high >>> 6) & 0x3fc), true) ^
      tables.getInt32((1 << 10) + ((high >>> 14) & 0x3fc), true) ^
      tables.getInt32((high >>> 22) & 0x3fc, true);
  }
  for (; at < bytes.length; at++) {
    crc = tables.getInt32(((crc ^ view.getUint8(at)) & 0xff) << 2, true) ^ (crc >>> 8);
  }
  return (crc ^ -1) >>> 0;
}

function makeTables(): DataView {
  const made = new DataView(new ArrayBuffer(steps * 1024));
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0);
    made.setInt32(byte << 2, crc, true);
  }
  // A byte one place further from the end of its step passes through the first table once more.
  for (let at = 1024; at < made.byteLength; at += 4) {
    const nearer = made.getInt32(at - 1024, true);
    made.setInt32(at, made.getInt32((nearer & 0xff) << 2, true) ^ (nearer >>> 8), true);
  }
  return made;
}
