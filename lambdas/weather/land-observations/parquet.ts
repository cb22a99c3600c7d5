import { gzipSync } from 'node:zlib';
import type { SchemaElement } from 'hyparquet-writer';
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import type { KafkaRecord } from '../../shared/kafka/kafka-event.ts';
import type { Observation } from '../../shared/wire/observation.ts';
import { doubles, type EncodeColumn, int32s, int64s, texts, timestamps } from './parquet-columns.ts';

export interface LandedRow {
  readonly record: KafkaRecord;
  readonly observation: Observation;
}

interface Column {
  readonly name: string;
  readonly type: Required<Pick<SchemaElement, 'type'>> &
    Pick<SchemaElement, 'converted_type' | 'logical_type'>;
  readonly nullable?: boolean;
  readonly encode: EncodeColumn<LandedRow>;
}

// Types have both names: parquetjs-lite knows the older one alone, and only the newer one says that a
// timestamp is an instant. Without it, DuckDB and polars read times of no zone.
const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;
const double = { type: 'DOUBLE' } as const;
const int32 = { type: 'INT32' } as const;
const int64 = { type: 'INT64' } as const;
/** In microseconds, because parquetjs-lite cannot read milliseconds. */
const timestamp = {
  type: 'INT64',
  converted_type: 'TIMESTAMP_MICROS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
} as const;

const columns: readonly Column[] = [
  { name: 'location', type: text, encode: texts(({ observation }) => observation.location) },
  { name: 'date_time', type: timestamp, encode: timestamps(({ observation }) => observation.observedAtMs) },
  {
    name: 'temperature_c',
    type: double,
    nullable: true,
    encode: doubles(({ observation }) => observation.temperatureC ?? undefined),
  },
  {
    name: 'humidity_pct',
    type: double,
    nullable: true,
    encode: doubles(({ observation }) => observation.humidityPct ?? undefined),
  },
  {
    name: 'precipitation_mm',
    type: double,
    nullable: true,
    encode: doubles(({ observation }) => observation.precipitationMm ?? undefined),
  },
  {
    name: 'wind_speed_kmh',
    type: double,
    nullable: true,
    encode: doubles(({ observation }) => observation.windSpeedKmh ?? undefined),
  },
  { name: 'source', type: text, nullable: true, encode: texts(({ record }) => record.headers.source) },
  { name: 'row', type: int64, nullable: true, encode: int64s(({ record }) => record.headers.row) },
  { name: '_topic', type: text, encode: texts(({ record }) => record.topic) },
  { name: '_partition', type: int32, encode: int32s(({ record }) => record.partition) },
  { name: '_offset', type: int64, encode: int64s(({ record }) => record.offset) },
  { name: '_timestamp', type: timestamp, encode: timestamps(({ record }) => record.timestampMs) },
];

/** The columns of a landed object, in order. */
export const columnNames = columns.map(({ name }) => name);

const schema: SchemaElement[] = [
  { name: 'root', num_children: columns.length },
  ...columns.map(({ name, type, nullable }): SchemaElement => {
    return { name, ...type, repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED' };
  }),
];

/** The mark of an object that was merged from others begins so. */
export const mergedMark = 'merged';

const encoding = 'PLAIN' as const;
const codec = 'GZIP' as const;
const magic = Buffer.from('PAR1').readUInt32LE();

/**
 * Encodes rows with what every reader of Parquet understands, even parquetjs-lite: one row group, plain
 * encoding, gzip, format version 1. Compaction rewrites these objects within a day, with better encodings.
 * The mark becomes part of the writer's name. This code encodes the values, and hyparquet-writer headers and
 * footer (docs/adr/0004-raw-parquet.md).
 */
export function encodeParquet(rows: readonly LandedRow[], mark: string): Uint8Array {
  const writer = new ByteWriter();
  writer.appendUint32(magic);
  const chunks = columns.map((column) => writeColumn(writer, column, rows));
  writeMetadata(writer, {
    version: 1,
    created_by: `isobar ${mark}`,
    schema,
    num_rows: BigInt(rows.length),
    row_groups: [
      {
        columns: chunks,
        total_byte_size: chunks.reduce((sum, { meta_data }) => sum + meta_data.total_uncompressed_size, 0n),
        num_rows: BigInt(rows.length),
      },
    ],
    metadata_length: 0,
  });
  writer.appendUint32(magic);
  return new Uint8Array(writer.getBuffer());
}

/** A column chunk of one page. https://github.com/apache/parquet-format#data-pages */
function writeColumn(
  writer: ByteWriter,
  { name, type, nullable, encode }: Column,
  rows: readonly LandedRow[],
) {
  const { values, presence, nulls, bounds } = encode(rows);
  const levels = new ByteWriter();
  if (nullable) writeLevels(levels, presence, nulls);
  const compressed = gzipSync(values, { level: 1 });
  const uncompressedBytes = levels.offset + values.length;
  const start = writer.offset;
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: uncompressedBytes,
    compressed_page_size: levels.offset + compressed.length,
    data_page_header_v2: {
      num_values: rows.length,
      num_nulls: nulls,
      num_rows: rows.length,
      encoding,
      definition_levels_byte_length: levels.offset,
      repetition_levels_byte_length: 0,
      is_compressed: true,
    },
  });
  const headerBytes = writer.offset - start;
  writer.appendBytes(levels.getBytes());
  writer.appendBytes(compressed);
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: type.type,
      encodings: [encoding],
      path_in_schema: [name],
      codec,
      num_values: BigInt(rows.length),
      total_uncompressed_size: BigInt(headerBytes + uncompressedBytes),
      total_compressed_size: BigInt(writer.offset - start),
      data_page_offset: BigInt(start),
      statistics: {
        null_count: BigInt(nulls),
        ...(bounds && { min_value: bounds.min, max_value: bounds.max }),
      },
    },
  };
}

/**
 * The definition levels. Most columns lack nothing: one run of ones, which need not be searched for.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
 */
function writeLevels(writer: ByteWriter, presence: readonly number[], nulls: number): void {
  if (nulls > 0) {
    writeRleBitPackedHybrid(writer, [...presence], 1);
    return;
  }
  writer.appendVarInt(presence.length << 1);
  writer.appendUint8(1);
}
