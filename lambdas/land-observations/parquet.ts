import { gzipSync } from 'node:zlib';
import type { SchemaElement } from 'hyparquet-writer';
import { parquetWriteBuffer } from 'hyparquet-writer/src/write.js';
import type { KafkaRecord } from '../shared/kafka-event.ts';
import type { Observation } from '../shared/observation.ts';

export interface LandedRow {
  readonly record: KafkaRecord;
  readonly observation: Observation;
}

interface Column {
  readonly name: string;
  readonly type: Pick<SchemaElement, 'type' | 'converted_type'>;
  readonly nullable?: boolean;
  readonly cell: (row: LandedRow) => unknown;
}

const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;
const double = { type: 'DOUBLE' } as const;
const int32 = { type: 'INT32' } as const;
const int64 = { type: 'INT64' } as const;
/** In UTC. In microseconds, because parquetjs-lite cannot read milliseconds. */
const timestamp = { type: 'INT64', converted_type: 'TIMESTAMP_MICROS' } as const;

const columns: readonly Column[] = [
  { name: 'location', type: text, cell: ({ observation }) => observation.location },
  { name: 'date_time', type: timestamp, cell: ({ observation }) => microseconds(observation.observedAtMs) },
  { name: 'temperature_c', type: double, cell: ({ observation }) => observation.temperatureC },
  { name: 'humidity_pct', type: double, cell: ({ observation }) => observation.humidityPct },
  { name: 'precipitation_mm', type: double, cell: ({ observation }) => observation.precipitationMm },
  { name: 'wind_speed_kmh', type: double, cell: ({ observation }) => observation.windSpeedKmh },
  { name: 'source', type: text, nullable: true, cell: ({ record }) => record.headers.source ?? null },
  { name: 'row', type: int64, nullable: true, cell: ({ record }) => bigintOrNull(record.headers.row) },
  { name: '_topic', type: text, cell: ({ record }) => record.topic },
  { name: '_partition', type: int32, cell: ({ record }) => record.partition },
  { name: '_offset', type: int64, cell: ({ record }) => BigInt(record.offset) },
  { name: '_timestamp', type: timestamp, cell: ({ record }) => microseconds(record.timestampMs) },
];

/** What a reader finds in these objects. */
export const columnNames = columns.map(({ name }) => name);

const schema: SchemaElement[] = [
  { name: 'root', num_children: columns.length },
  ...columns.map(({ name, type, nullable }): SchemaElement => {
    return { name, ...type, repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED' };
  }),
];

/**
 * One row group of what every reader of Parquet understands, the plainest (parquetjs-lite) included: plain encoding, gzip,
 * format version 1. Compaction rewrites these objects within a day, and that is where the better encodings pay. The mark goes
 * into the name of the writer.
 */
export function encodeParquet(rows: readonly LandedRow[], mark: string): Uint8Array {
  const buffer = parquetWriteBuffer({
    schema,
    // Plain arrays, since hyparquet reads null as 0 from typed ones.
    columnData: columns.map(({ name, cell }) => ({ name, encoding: 'PLAIN', data: rows.map(cell) })),
    codec: 'GZIP',
    compressors: { GZIP: (bytes) => gzipSync(bytes, { level: 1 }) },
    rowGroupSize: rows.length,
    createdBy: `isobar ${mark}`,
  });
  return asVersion1(new Uint8Array(buffer));
}

const microseconds = (ms: number) => BigInt(ms) * 1000n;
const bigintOrNull = (count: number | undefined) => (count === undefined ? null : BigInt(count));

/**
 * hyparquet always writes 2, which parquetjs-lite refuses, though nothing in these files needs it. The version is the first
 * field of the footer: a header byte and the number, zigzag-encoded. https://github.com/apache/parquet-format#file-format
 */
function asVersion1(file: Uint8Array): Uint8Array {
  const footerBytes = new DataView(file.buffer).getUint32(file.length - 8, true);
  const version = file.length - 8 - footerBytes + 1;
  if (file[version] !== zigzag(2))
    throw new Error('The footer of a Parquet file does not begin with version 2');
  file[version] = zigzag(1);
  return file;
}

const zigzag = (count: number) => count * 2;
