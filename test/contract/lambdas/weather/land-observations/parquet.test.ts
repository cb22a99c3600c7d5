import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet';
import { encodeParquet, type LandedRow } from '../../../../../lambdas/weather/land-observations/parquet.ts';
import { kafkaRecordWith } from '../../../../fixtures/kafka-events.ts';
import { observationWith } from '../../../../fixtures/observations.ts';
import { required } from '../../test-database.ts';

const run = promisify(execFile);

const landed = (offset: number, observation: Partial<LandedRow['observation']>, headers = {}): LandedRow => ({
  record: kafkaRecordWith({
    partition: 3,
    offset,
    timestampMs: Date.UTC(2024, 0, 1, 9, 0, 0, 123),
    key: null,
    text: null,
    headers,
  }),
  observation: observationWith(observation),
});

// Extremes, repetitions and nulls, and enough rows for several delta blocks.
const rows: LandedRow[] = [
  landed(2 ** 53 - 2_000, { location: '서울 😀' }, { source: 'incoming/observations/서울.csv@e1', row: 2 }),
  landed(2 ** 53 - 1_999, { temperatureC: -100, humidityPct: null, precipitationMm: 1e-300 }),
  landed(
    2 ** 53 - 1_998,
    { temperatureC: 0.1 + 0.2, observedAtMs: Date.UTC(1969, 11, 31, 23, 59, 59) },
    { source: 'x', row: 10 ** 15 - 1 },
  ),
  ...Array.from({ length: 1_000 }, (_, index) =>
    landed(2 ** 53 - 1_997 + index + (index > 500 ? 3 : 0), {
      windSpeedKmh: index,
      precipitationMm: index % 3 === 0 ? null : index,
      location: `City ${index % 7}`,
    }),
  ),
];

const expected = rows.map(({ record, observation }) => ({
  location: observation.location,
  date_time: observation.observedAtMs,
  temperature_c: observation.temperatureC,
  humidity_pct: observation.humidityPct,
  precipitation_mm: observation.precipitationMm,
  wind_speed_kmh: observation.windSpeedKmh,
  source: record.headers.source ?? null,
  row: record.headers.row ?? null,
  _topic: 'weather-data',
  _partition: 3,
  _offset: record.offset,
  _timestamp: record.timestampMs,
}));

const columns = Object.keys(expected[0] ?? {});
const schemaOf = (...types: string[]) =>
  Object.fromEntries(columns.map((name, place) => [name, types[place]]));

const body = encodeParquet(rows, 'a mark');
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'isobar-parquet-'));
  file = path.join(folder, 'rows.parquet');
  await writeFile(file, body);
});
afterAll(() => rm(folder, { recursive: true }));

/** The value as in JSON: a date as milliseconds, a big integer as a number. */
const plain = (value: unknown) => {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'bigint' ? Number(value) : (value ?? null);
};
const plainRow = (row: Record<string, unknown>) =>
  Object.fromEntries(columns.map((name) => [name, plain(row[name])]));

test.each([
  [
    'pyarrow',
    schemaOf(
      'string',
      'timestamp[us, tz=UTC]',
      'double',
      'double',
      'double',
      'double',
      'string',
      'int64',
      'string',
      'int32',
      'int64',
      'timestamp[us, tz=UTC]',
    ),
  ],
  [
    'duckdb',
    schemaOf(
      'VARCHAR',
      'TIMESTAMP',
      'DOUBLE',
      'DOUBLE',
      'DOUBLE',
      'DOUBLE',
      'VARCHAR',
      'BIGINT',
      'VARCHAR',
      'INTEGER',
      'BIGINT',
      'TIMESTAMP',
    ),
  ],
  [
    'spark',
    schemaOf(
      'string',
      'timestamp',
      'double',
      'double',
      'double',
      'double',
      'string',
      'bigint',
      'string',
      'int',
      'bigint',
      'timestamp',
    ),
  ],
])(
  'a landed object opens in %s with the right types and values',
  async (engine, schema) => {
    const script = path.join(import.meta.dirname, 'read_parquet.py');
    const { stdout } = await run(required('ISOBAR_TEST_SPARK_PYTHON'), [script, file, engine], {
      maxBuffer: 64 * 1024 * 1024,
    });
    const read: { schema: unknown; rows: unknown } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(read.schema).toEqual(schema);
    expect(read.rows).toEqual(expected);
  },
  300_000,
);

test('a landed object opens in hyparquet with the right types and values', async () => {
  const buffer = body.buffer as ArrayBuffer;
  const { children } = parquetSchema(parquetMetadata(buffer));
  expect(children.map(({ element }) => element.converted_type ?? element.type)).toEqual([
    'UTF8',
    'TIMESTAMP_MICROS',
    'DOUBLE',
    'DOUBLE',
    'DOUBLE',
    'DOUBLE',
    'UTF8',
    'INT64',
    'UTF8',
    'INT32',
    'INT64',
    'TIMESTAMP_MICROS',
  ]);
  const read = await parquetReadObjects({
    file: buffer,
    compressors: { GZIP: (bytes) => gunzipSync(bytes) },
  });
  expect(read.map(plainRow)).toEqual(expected);
});

test('a landed object has one row group', () => {
  expect(parquetMetadata(body.buffer as ArrayBuffer).row_groups).toHaveLength(1);
});

test('a landed object opens in parquetjs-lite with the right values', async () => {
  const parquetjs = createRequire(import.meta.url)('parquetjs-lite');
  const reader = await parquetjs.ParquetReader.openBuffer(Buffer.from(body));
  const cursor = reader.getCursor();
  const read = [];
  for (let row = await cursor.next(); row; row = await cursor.next()) read.push(plainRow(row));
  await reader.close();
  expect(read).toEqual(expected);
});
