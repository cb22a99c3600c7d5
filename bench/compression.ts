// Measures what compressing record batches would take and save: CPU time and bytes by codec. See README.md.
import { parseArgs } from 'node:util';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  lz4Compress,
  lz4Decompress,
  snappyCompress,
  snappyDecompress,
} from '@platformatic/wasm-utils/bundled';
import { versionOf } from '../lambdas/shared/incoming/incoming-files.ts';
import type { Message } from '../lambdas/shared/kafka/kafka-producer.ts';
import { orderedSend } from '../lambdas/shared/kafka/ordered-send.ts';
import { encodePlainBatch } from '../lambdas/shared/kafka/record-batch.ts';
import { plausible } from '../lambdas/shared/wire/limits.ts';
import { observationFields } from '../lambdas/shared/wire/observation.ts';
import { sendLimits } from '../lambdas/weather/ingest-observations/config.ts';
import { ingestObservations } from '../lambdas/weather/ingest-observations/ingest-observations.ts';
import { synthesisedRows } from '../localstack/generator/rows.ts';
import { shownLoad } from './load.ts';
import { median } from './statistics.ts';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '7' },
    decimals: { type: 'string' },
  },
});
const rows = Number(options.rows);

/** Where the records of a batch begin; what is before them is never compressed. */
const recordsAt = 61;

const codecs: Readonly<Record<string, readonly [(bytes: Buffer) => Buffer, (bytes: Buffer) => Buffer]>> = {
  none: [(bytes) => bytes, (bytes) => bytes],
  'gzip 1': [(bytes) => gzipSync(bytes, { level: 1 }), (bytes) => gunzipSync(bytes)],
  snappy: [(bytes) => snappyCompress(bytes), (bytes) => snappyDecompress(bytes)],
  lz4: [(bytes) => lz4Compress(bytes), (bytes) => lz4Decompress(bytes)],
  'zstd 3': [(bytes) => zstdCompressSync(bytes), (bytes) => zstdDecompressSync(bytes)],
};

/** With more decimals than the generator's two, as in the public file of weather data, which has six. */
function withDecimals(cell: string): string {
  const [whole, fraction] = cell.split('.');
  if (options.decimals === undefined || fraction === undefined || !/^\d+$/.test(fraction)) return cell;
  const more = Math.random().toFixed(20).slice(2);
  return `${whole}.${`${fraction}${more}`.slice(0, Number(options.decimals))}`;
}

/** The chunks that ingest-observations sends for a file of synthetic weather. */
async function sentChunks(): Promise<(readonly Message[])[]> {
  const source = synthesisedRows({ seed: 1, startMs: Date.UTC(2024, 0, 1), rowIntervalMs: 60_000 })(0);
  if (!(Symbol.iterator in source)) throw new Error('synthesised rows must be iterable without waiting');
  const text = Iterator.from(source)
    .take(rows)
    .map((cells) => `${cells.map(withDecimals).join(',')}\n`);
  const file = versionOf('incoming/observations/bench.csv', 'd41d8cd98f00b204e9800998ecf8427e');
  const chunks: (readonly Message[])[] = [];
  async function* open() {
    yield Buffer.from(`${observationFields.join(',')}\n`);
    for (const row of text) yield Buffer.from(row);
  }
  await ingestObservations({ ...file, readAtMs: 0, open, close() {} }, plausible, {
    startIngest: async () => true,
    startMember: async () => {},
    markIngested: async () => {},
    startSending: () => orderedSend({ send: async ({ messages }) => void chunks.push(messages) }, sendLimits),
    now: Date.now,
  });
  return chunks;
}

type Encode = (messages: readonly Message[], nowMs: number) => Buffer;

const totalOf = (cut: readonly (readonly Message[])[], encode: Encode): number =>
  cut.reduce((sum, messages) => sum + encode(messages, 0).length, 0);

/** Compressed whatever its size. */
const gzipBatch: Encode = (messages, nowMs) => {
  const plain = encodePlainBatch(messages, nowMs);
  return Buffer.concat([plain.subarray(0, recordsAt), gzipSync(plain.subarray(recordsAt), { level: 1 })]);
};

/** µs of CPU a record. */
function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / rows;
}

const chunks = await sentChunks();
const batches = chunks.map((messages) => encodePlainBatch(messages, 0));
const plainBytes = batches.reduce((sum, batch) => sum + batch.length, 0);
const measured = new Map(
  Object.keys(codecs).map((name) => [name, { bytes: 0, pack: [] as number[], unpack: [] as number[] }]),
);

// Every codec once in each round, so that all have the same hours of the machine.
for (let round = 0; round < Number(options.rounds); round++)
  for (const [name, [compress, decompress]] of Object.entries(codecs)) {
    let packed: Buffer[] = [];
    const pack = cpuOf(() => {
      packed = chunks.map((messages) => compress(encodePlainBatch(messages, 0).subarray(recordsAt)));
    });
    const unpack = cpuOf(() => {
      for (const bytes of packed) decompress(bytes);
    });
    const found = measured.get(name);
    if (found === undefined) continue;
    found.bytes = packed.reduce((sum, { length }) => sum + length + recordsAt, 0);
    found.pack.push(pack);
    found.unpack.push(unpack);
  }

console.log(
  `${rows} records in ${batches.length} batches of ${Math.round(plainBytes / rows)} B a record; load ${shownLoad()}`,
);
for (const [name, { bytes, pack, unpack }] of measured)
  console.log(
    `${name.padEnd(8)} ${(bytes / rows).toFixed(1).padStart(6)} B a record · ${(plainBytes / bytes).toFixed(1)} times smaller · ` +
      `encode ${median(pack).toFixed(2)} µs · decode ${median(unpack).toFixed(2)} µs`,
  );

// Old and new encoder in turn, for batches of few and of many records: from which size on does it pay?
const all = chunks.flat();
console.log('\nrecords a batch: bytes and µs of CPU a record, plain and by gzip');
for (const size of [1, 5, 10, 20, 30, 100, 1_000]) {
  const cut = Array.from({ length: Math.floor(all.length / size) }, (_, at) =>
    all.slice(at * size, (at + 1) * size),
  );
  const taken = { plain: [] as number[], gzip: [] as number[] };
  let [plainSize, gzipSize] = [0, 0];
  for (let round = 0; round < Number(options.rounds); round++) {
    taken.plain.push(cpuOf(() => (plainSize = totalOf(cut, encodePlainBatch))));
    taken.gzip.push(cpuOf(() => (gzipSize = totalOf(cut, gzipBatch))));
  }
  console.log(
    `${String(size).padStart(5)} ${(plainSize / rows).toFixed(1)} B ${median(taken.plain).toFixed(2)} µs · ` +
      `${(gzipSize / rows).toFixed(1)} B ${median(taken.gzip).toFixed(2)} µs`,
  );
}
