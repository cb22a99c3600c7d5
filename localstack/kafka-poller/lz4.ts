/**
 * Decompresses an LZ4 frame: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md. Checksums are not verified,
 * as Kafka's record batches carry their own. Throws on anything that is not a whole frame.
 */
export function decompressLz4(input: Buffer): Buffer {
  if (input.length < 7 || input.readUInt32LE(0) !== MAGIC) throw new Error('not an LZ4 frame');
  const flags = input.readUInt8(4);
  const blockChecksum = (flags & 0x10) !== 0;
  const maxBlock = BLOCK_SIZES[(input.readUInt8(5) >> 4) & 7];
  if (maxBlock === undefined) throw new Error('LZ4 frame with an unknown block size');
  let at = 7 + ((flags & 0x08) !== 0 ? 8 : 0) + ((flags & 0x01) !== 0 ? 4 : 0);
  let output = Buffer.alloc(0);
  for (;;) {
    const header = input.readUInt32LE(at);
    at += 4;
    if (header === 0) return output;
    const size = header & 0x7fffffff;
    const block = input.subarray(at, at + size);
    if (block.length < size) throw new Error('LZ4 frame that ends in a block');
    at += size + (blockChecksum ? 4 : 0);
    // Blocks may refer to what came before them, so each is decoded behind the output so far.
    const room = Buffer.allocUnsafe(output.length + (header >>> 31 ? size : maxBlock));
    output.copy(room);
    const end =
      header >>> 31
        ? output.length + block.copy(room, output.length)
        : decodeBlock(block, room, output.length);
    output = room.subarray(0, end);
  }
}

const MAGIC = 0x184d2204;
const BLOCK_SIZES: { [code: number]: number } = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 };
const LEAST_MATCH = 4;

/** Sequences of literals and of matches in the output so far; the last one has literals alone. */
function decodeBlock(block: Buffer, output: Buffer, start: number): number {
  let from = 0;
  let to = start;
  const length = (nibble: number): number => {
    let total = nibble;
    for (let more = nibble === 15 ? 255 : 0; more === 255; total += more) more = block.readUInt8(from++);
    return total;
  };
  while (from < block.length) {
    const token = block.readUInt8(from++);
    const literals = length(token >> 4);
    block.copy(output, to, from, from + literals);
    from += literals;
    to += literals;
    if (from >= block.length) break;
    const distance = block.readUInt16LE(from);
    from += 2;
    if (distance === 0 || distance > to) throw new Error('LZ4 match before the beginning');
    const end = to + length(token & 15) + LEAST_MATCH;
    if (end > output.length) throw new Error('LZ4 block larger than it says');
    // A match may overlap what it writes, which repeats it: byte by byte.
    for (; to < end; to++) output[to] = output[to - distance] as number;
  }
  return to;
}
