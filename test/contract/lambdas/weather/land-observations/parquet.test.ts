import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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

// Extremes, repetitions and nulls.
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

/** Columns without any value: pages of no bytes. */
const bareRows = [landed(7, { humidityPct: null, windSpeedKmh: null, precipitationMm: null })];

const expectedOf = (some: readonly LandedRow[]) =>
  some.map(({ record, observation }) => ({
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
const expected = expectedOf(rows);

const columns = Object.keys(expected[0] ?? {});

/** Landed by the first version: measures that are required, timestamps under their older type name alone. */
const firstVersion = path.join(import.meta.dirname, '../../../../fixtures/landed/first-version.parquet');
const landedFirst = (
  [
    ['Seoul', '2024-01-01T00:00:01Z', 12.3, 2],
    ['서울', '1850-06-01T12:00:00Z', 12.3, 3],
    ['Rome', '0001-01-01T00:00:00Z', 12.3, null],
    ['Rome', '9999-12-31T23:59:59Z', -0.5, null],
  ] as const
).map(([location, time, temperature, row], offset) => ({
  location,
  date_time: Date.parse(time),
  temperature_c: temperature,
  humidity_pct: 55,
  precipitation_mm: 0,
  wind_speed_kmh: 10.1,
  source: row && 'incoming/observations/a.csv@e1',
  row,
  _topic: 'weather-data',
  _partition: 3,
  _offset: offset,
  _timestamp: Date.UTC(2024, 0, 1, 9, 0, 0, 123),
}));

const body = encodeParquet(rows, 'a mark');
let folder: string;
let file: string;
let bare: string;
let curated: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'isobar-parquet-'));
  file = path.join(folder, 'rows.parquet');
  await writeFile(file, body);
  bare = path.join(folder, 'bare.parquet');
  await writeFile(bare, encodeParquet(bareRows, 'a mark'));
  curated = await curate();
}, 300_000);
afterAll(() => rm(folder, { recursive: true }));

/** The value as in JSON: a date as milliseconds, a big integer as a number. */
const plain = (value: unknown) => {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'bigint' ? Number(value) : (value ?? null);
};
const plainRow = (row: Record<string, unknown>) =>
  Object.fromEntries(columns.map((name) => [name, plain(row[name])]));

async function python(...args: string[]): Promise<string> {
  const script = path.join(import.meta.dirname, 'read_parquet.py');
  const { stdout } = await run(required('ISOBAR_TEST_SPARK_PYTHON'), [script, ...args], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

interface Reading {
  readonly files: readonly string[];
  readonly zone: string;
}

/** Reads the files of each reading together, as one table, in a session of its time zone. */
async function read(engine: string, readings: readonly Reading[]) {
  const lines = (await python(engine, JSON.stringify(readings))).split('\n');
  return lines
    .filter((line) => line.startsWith('{'))
    .map((line): { schema: unknown; rows: { _offset: number }[] } => JSON.parse(line))
    .map((reading) => ({ ...reading, rows: byOffset(reading.rows) }));
}

/** The rows of both objects as the daily job writes them. Returns the only object that it wrote. */
async function curate(): Promise<string> {
  const target = path.join(folder, 'curated');
  await python('curate', JSON.stringify({ files: [firstVersion, file], folder: target }));
  const written = (await readdir(target)).find((name) => name.endsWith('.parquet'));
  return path.join(target, written ?? 'nothing was written');
}

const types = {
  pyarrow: {
    text: 'string',
    instant: 'timestamp[us, tz=UTC]',
    double: 'double',
    long: 'int64',
    int: 'int32',
  },
  duckdb: {
    text: 'VARCHAR',
    instant: 'TIMESTAMP WITH TIME ZONE',
    double: 'DOUBLE',
    long: 'BIGINT',
    int: 'INTEGER',
  },
  polars: {
    text: 'String',
    instant: "Datetime(time_unit='us', time_zone='UTC')",
    double: 'Float64',
    long: 'Int64',
    int: 'Int32',
  },
  spark: { text: 'string', instant: 'timestamp', double: 'double', long: 'bigint', int: 'int' },
};

const byOffset = (all: readonly { _offset: number }[]) => all.toSorted((a, b) => a._offset - b._offset);

describe.each(Object.entries(types))('%s', (engine, { text, instant, double, long, int }) => {
  const schema = {
    location: text,
    date_time: instant,
    temperature_c: double,
    humidity_pct: double,
    precipitation_mm: double,
    wind_speed_kmh: double,
    source: text,
    row: long,
    _topic: text,
    _partition: int,
    _offset: long,
    _timestamp: instant,
  };

  test(`${engine} reads raw, curated and first objects alike, with the same instants under any time zone`, async () => {
    const zones = ['UTC', 'Asia/Seoul', 'America/St_Johns'];
    const readings = await read(engine, [
      ...zones.map((zone) => ({ zone, files: [file, curated] })),
      { zone: 'UTC', files: [file, firstVersion] },
      { zone: 'UTC', files: [bare] },
    ]);
    const reading = { schema, rows: byOffset([...expected, ...landedFirst, ...expected]) };
    const withFirst = { schema, rows: byOffset([...expected, ...landedFirst]) };
    const withoutValues = { schema, rows: expectedOf(bareRows) };
    expect(readings).toEqual([reading, reading, reading, withFirst, withoutValues]);
  }, 300_000);
});

test('a landed object opens in hyparquet with the right types and values', async () => {
  const buffer = body.buffer as ArrayBuffer;
  const { children } = parquetSchema(parquetMetadata(buffer));
  expect(
    children.map(({ element }) => element.logical_type?.type ?? element.converted_type ?? element.type),
  ).toEqual([
    'STRING',
    'TIMESTAMP',
    'DOUBLE',
    'DOUBLE',
    'DOUBLE',
    'DOUBLE',
    'STRING',
    'INT64',
    'STRING',
    'INT32',
    'INT64',
    'TIMESTAMP',
  ]);
  const read = await parquetReadObjects({
    file: buffer,
    compressors: { ZSTD: (bytes) => zstdDecompressSync(bytes) },
  });
  expect(read.map(plainRow)).toEqual(expected);
});

test('a landed object has one row group', () => {
  expect(parquetMetadata(body.buffer as ArrayBuffer).row_groups).toHaveLength(1);
});

// parquetjs-lite knows no zstd. The rest of an object is the same.
test('a landed object opens in parquetjs-lite with the right values, but for its compression', async () => {
  const parquetjs = createRequire(import.meta.url)('parquetjs-lite');
  const uncompressed = encodeParquet(rows, 'a mark', 'UNCOMPRESSED');
  const reader = await parquetjs.ParquetReader.openBuffer(Buffer.from(uncompressed));
  const cursor = reader.getCursor();
  const read = [];
  for (let row = await cursor.next(); row; row = await cursor.next()) read.push(plainRow(row));
  await reader.close();
  expect(read).toEqual(expected);
});
