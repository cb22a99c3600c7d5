import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { lz4Decompress, snappyDecompress } from '@platformatic/wasm-utils/bundled';
import kafkajs from 'kafkajs';

/**
 * With these codecs kafkajs reads all that a Kafka producer may use. Its own gzip unpacks 16 KB at a time,
 * each in a task of the thread pool, and takes three times the CPU time.
 */
export function installCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.GZIP] = readOnly(decompressGzip);
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

/** Unpacks into one buffer of the size that the gzip file names in its end. A wrong size only costs time. */
export function decompressGzip(input: Buffer): Buffer {
  const size = input.length < MIN_GZIP_BYTES ? 0 : input.readUInt32LE(input.length - 4);
  // With a byte to spare, zlib knows the end without a further buffer.
  return gunzipSync(input, { chunkSize: Math.min(Math.max(size + 1, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES) });
}

/** A header of 10 bytes and an end of 8. */
const MIN_GZIP_BYTES = 18;
const MIN_CHUNK_BYTES = 64;
/** Brokers accept batches of 1 MB by default. */
const MAX_CHUNK_BYTES = 16 * 1024 * 1024;

/** Throws on anything that is not a whole frame. */
export function decompressLz4(input: Buffer): Buffer {
  return explaining('LZ4', () => lz4Decompress(input));
}

/**
 * Java's producer cuts snappy into blocks (the xerial format): a 16-byte header, then each block after its
 * size.
 */
export function decompressSnappy(input: Buffer): Buffer {
  return explaining('snappy', () => {
    if (!input.subarray(0, XERIAL.length).equals(XERIAL)) return snappyDecompress(input);
    const blocks: Buffer[] = [];
    for (let at = 16; at < input.length; ) {
      const size = input.readInt32BE(at);
      blocks.push(snappyDecompress(input.subarray(at + 4, at + 4 + size)));
      at += 4 + size;
    }
    return Buffer.concat(blocks);
  });
}

const XERIAL = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0]);

/** The library's own error says "unreachable" and nothing else. */
function explaining(codec: string, decompress: () => Buffer): Buffer {
  try {
    return decompress();
  } catch (cause) {
    throw new Error(`the records cannot be decompressed as ${codec}`, { cause });
  }
}
