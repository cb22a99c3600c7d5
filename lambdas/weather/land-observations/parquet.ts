import { zstdCompressSync } from 'node:zlib';
import type { SchemaElement } from 'hyparquet-writer';
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import type { KafkaRecord } from '../../shared/kafka/kafka-event.ts';
import type { Observation } from '../../shared/wire/observation.ts';
import { doubles, type EncodedColumn, int32s, int64s, texts, timestamps } from './parquet-columns.ts';

export interface LandedRow {
  readonly record: KafkaRecord;
  readonly observation: Observation;
}

interface Column {
  readonly name: string;
  readonly type: Required<Pick<SchemaElement, 'type'>> &
    Pick<SchemaElement, 'converted_type' | 'logical_type'>;
  readonly nullable?: boolean;
  readonly encode: (cells: Cells) => EncodedColumn;
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
  { name: 'location', type: text, encode: ({ locations }) => texts(locations) },
  { name: 'date_time', type: timestamp, encode: ({ observed }) => timestamps(observed) },
  {
    name: 'temperature_c',
    type: double,
    nullable: true,
    encode: ({ temperatures }) => doubles(temperatures),
  },
  { name: 'humidity_pct', type: double, nullable: true, encode: ({ humidities }) => doubles(humidities) },
  {
    name: 'precipitation_mm',
    type: double,
    nullable: true,
    encode: ({ precipitations }) => doubles(precipitations),
  },
  { name: 'wind_speed_kmh', type: double, nullable: true, encode: ({ winds }) => doubles(winds) },
  { name: 'source', type: text, nullable: true, encode: ({ sources }) => texts(sources) },
  { name: 'row', type: int64, nullable: true, encode: ({ rows }) => int64s(rows) },
  { name: '_topic', type: text, encode: ({ topics }) => texts(topics) },
  { name: '_partition', type: int32, encode: ({ partitions }) => int32s(partitions) },
  { name: '_offset', type: int64, encode: ({ offsets }) => int64s(offsets) },
  { name: '_timestamp', type: timestamp, encode: ({ received }) => timestamps(received) },
];

/** The rows by column. NaN and undefined mean null. */
interface Cells {
  readonly locations: readonly string[];
  readonly observed: Float64Array;
  readonly temperatures: Float64Array;
  readonly humidities: Float64Array;
  readonly precipitations: Float64Array;
  readonly winds: Float64Array;
  readonly sources: readonly (string | undefined)[];
  readonly rows: Float64Array;
  readonly topics: readonly string[];
  readonly partitions: Float64Array;
  readonly offsets: Float64Array;
  readonly received: Float64Array;
}

/** All columns in one pass over the rows: a pass per column, with a function per cell, took longer. */
function cellsOf(landed: readonly LandedRow[]): Cells {
  const numbers = () => new Float64Array(landed.length);
  const locations: string[] = [];
  const topics: string[] = [];
  const sources: (string | undefined)[] = [];
  const [observed, received, rows, partitions, offsets] = [
    numbers(),
    numbers(),
    numbers(),
    numbers(),
    numbers(),
  ];
  const [temperatures, humidities, precipitations, winds] = [numbers(), numbers(), numbers(), numbers()];
  for (let place = 0; place < landed.length; place++) {
    const { record, observation } = landed[place] as LandedRow;
    locations.push(observation.location);
    observed[place] = observation.observedAtMs;
    temperatures[place] = observation.temperatureC ?? Number.NaN;
    humidities[place] = observation.humidityPct ?? Number.NaN;
    precipitations[place] = observation.precipitationMm ?? Number.NaN;
    winds[place] = observation.windSpeedKmh ?? Number.NaN;
    sources.push(record.headers.source);
    rows[place] = record.headers.row ?? Number.NaN;
    topics.push(record.topic);
    partitions[place] = record.partition;
    offsets[place] = record.offset;
    received[place] = record.timestampMs;
  }
  return {
    locations,
    observed,
    temperatures,
    humidities,
    precipitations,
    winds,
    sources,
    rows,
    topics,
    partitions,
    offsets,
    received,
  };
}

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
const magic = Buffer.from('PAR1').readUInt32LE();

type Codec = 'ZSTD' | 'UNCOMPRESSED';

const compress: Readonly<Record<Codec, (page: Uint8Array) => Uint8Array>> = {
  ZSTD: (page) => zstdCompressSync(page),
  UNCOMPRESSED: (page) => page,
};

/**
 * Encodes rows with what every reader of Parquet understands: one row group, plain encoding, format version
 * 1, and zstd, which parquetjs-lite alone cannot read. Compaction rewrites these objects within a day, with
 * better encodings. The mark becomes part of the writer's name. This code encodes the values, and
 * hyparquet-writer headers and footer (docs/adr/0004-raw-parquet.md).
 */
export function encodeParquet(rows: readonly LandedRow[], mark: string, codec: Codec = 'ZSTD'): Uint8Array {
  const writer = new ByteWriter();
  writer.appendUint32(magic);
  const cells = cellsOf(rows);
  const chunks = columns.map((column) => writeColumn(writer, column, { cells, rows: rows.length, codec }));
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
  { cells, rows, codec }: { readonly cells: Cells; readonly rows: number; readonly codec: Codec },
) {
  const { values, presence, nulls, bounds } = encode(cells);
  const levels = new ByteWriter();
  if (nullable) writeLevels(levels, rows, presence);
  const compressed = compress[codec](values);
  const uncompressedBytes = levels.offset + values.length;
  const start = writer.offset;
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: uncompressedBytes,
    compressed_page_size: levels.offset + compressed.length,
    data_page_header_v2: {
      num_values: rows,
      num_nulls: nulls,
      num_rows: rows,
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
      num_values: BigInt(rows),
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
function writeLevels(writer: ByteWriter, rows: number, presence: EncodedColumn['presence']): void {
  if (presence) {
    writeRleBitPackedHybrid(writer, [...presence], 1);
    return;
  }
  writer.appendVarInt(rows << 1);
  writer.appendUint8(1);
}
