import { zstdCompressSync } from 'node:zlib';
import type { ColumnSource } from 'hyparquet-writer';
import { parquetWriteBuffer } from 'hyparquet-writer/src/write.js';
import type { KafkaRecord } from '../shared/kafka-event.ts';
import type { Observation } from '../shared/observation.ts';

export interface LandedRow {
  readonly record: KafkaRecord;
  readonly observation: Observation;
}

/**
 * One row group, compressed with zstd. Columns are plain arrays, since hyparquet reads null as 0 from typed ones; those that
 * mostly count upwards are delta-encoded.
 */
export function encodeParquet(rows: readonly LandedRow[]): Uint8Array {
  const columnData: ColumnSource[] = [
    required('location', 'STRING', rows, ({ observation }) => observation.location),
    required('date_time', 'TIMESTAMP', rows, ({ observation }) => new Date(observation.observedAtMs)),
    required('temperature_c', 'DOUBLE', rows, ({ observation }) => observation.temperatureC),
    required('humidity_pct', 'DOUBLE', rows, ({ observation }) => observation.humidityPct),
    required('precipitation_mm', 'DOUBLE', rows, ({ observation }) => observation.precipitationMm),
    required('wind_speed_kmh', 'DOUBLE', rows, ({ observation }) => observation.windSpeedKmh),
    nullable('source', 'STRING', rows, ({ record }) => record.headers.source ?? null),
    nullable('row', 'INT64', rows, ({ record }) => bigintOrNull(record.headers.row)),
    required('_topic', 'STRING', rows, ({ record }) => record.topic),
    required('_partition', 'INT32', rows, ({ record }) => record.partition),
    {
      ...required('_offset', 'INT64', rows, ({ record }) => BigInt(record.offset)),
      encoding: 'DELTA_BINARY_PACKED',
    },
    {
      ...required('_timestamp', 'TIMESTAMP', rows, ({ record }) => new Date(record.timestampMs)),
      encoding: 'DELTA_BINARY_PACKED',
    },
  ];
  const buffer = parquetWriteBuffer({
    columnData,
    codec: 'ZSTD',
    compressors: { ZSTD: zstdCompressSync },
    rowGroupSize: rows.length,
    createdBy: 'isobar',
  });
  return new Uint8Array(buffer);
}

type ColumnType = NonNullable<ColumnSource['type']>;

function required(
  name: string,
  type: ColumnType,
  rows: readonly LandedRow[],
  cell: (row: LandedRow) => unknown,
) {
  return { name, type, nullable: false, data: rows.map(cell) };
}

function nullable(
  name: string,
  type: ColumnType,
  rows: readonly LandedRow[],
  cell: (row: LandedRow) => unknown,
) {
  return { name, type, nullable: true, data: rows.map(cell) };
}

const bigintOrNull = (count: number | undefined) => (count === undefined ? null : BigInt(count));
