import { zstdDecompressSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import snappy from 'snappyjs';
import { decompressLz4 } from './lz4.ts';

/** kafkajs reads gzip alone; with these it reads whatever a producer may use. */
export function installCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.Snappy] = readOnly(decompressSnappy);
  CompressionCodecs[CompressionTypes.LZ4] = readOnly(decompressLz4);
  CompressionCodecs[CompressionTypes.ZSTD] = readOnly((buffer) => zstdDecompressSync(buffer));
}

const readOnly = (decompress: (buffer: Buffer) => Buffer) => () => ({
  compress: async () => {
    throw new Error('the poller does not compress');
  },
  decompress: async (buffer: Buffer) => decompress(buffer),
});

/** Java's producer wraps snappy in a stream of blocks of its own (xerial): a 16-byte header, then size and block. */
export function decompressSnappy(input: Buffer): Buffer {
  if (!input.subarray(0, XERIAL.length).equals(XERIAL)) return snappy.uncompress(input);
  const blocks: Buffer[] = [];
  for (let at = 16; at < input.length; ) {
    const size = input.readInt32BE(at);
    blocks.push(snappy.uncompress(input.subarray(at + 4, at + 4 + size)));
    at += 4 + size;
  }
  return Buffer.concat(blocks);
}

const XERIAL = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0]);
