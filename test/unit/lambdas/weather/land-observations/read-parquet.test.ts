import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { encodeParquet, type LandedRow } from '../../../../../lambdas/weather/land-observations/parquet.ts';
import { readLandedRows } from '../../../../../lambdas/weather/land-observations/read-parquet.ts';
import { kafkaRecordWith } from '../../../../fixtures/kafka-events.ts';
import { observationWith } from '../../../../fixtures/observations.ts';

const measure = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }));
const time = fc.integer({ min: Date.UTC(1900), max: Date.UTC(2200) });
const headers = fc.oneof(
  fc.constant({}),
  fc.record({ source: fc.string({ maxLength: 12 }), row: fc.integer({ min: 1, max: 2 ** 40 }) }),
);

const landedRow: fc.Arbitrary<LandedRow> = fc
  .record({
    location: fc.string({ minLength: 1, unit: 'grapheme' }),
    observedAtMs: time,
    measures: fc.tuple(measure, measure, measure, measure),
    partition: fc.nat({ max: 99 }),
    offset: fc.maxSafeNat(),
    timestampMs: time,
    headers,
  })
  .map(({ location, observedAtMs, measures, ...record }) => ({
    record: kafkaRecordWith({ key: null, ...record }),
    observation: observationWith({
      location: location.toWellFormed(),
      observedAtMs,
      temperatureC: measures[0],
      humidityPct: measures[1],
      precipitationMm: measures[2],
      windSpeedKmh: measures[3],
    }),
  }));

test('rows that are read and written again are the same rows, and the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(landedRow, { minLength: 1, maxLength: 50 }), async (rows) => {
      const written = encodeParquet(rows, 'mark');
      const read = await readLandedRows(written);
      expect(read).toEqual(rows);
      expect(Buffer.compare(encodeParquet(read, 'mark'), written)).toBe(0);
    }),
    { numRuns: 100 },
  );
});

test('objects of a release whose measures were never null are read too', async () => {
  const columns = [
    { name: 'location', data: ['Seoul', 'Busan'], type: 'STRING' },
    { name: 'date_time', data: [1n, 2n].map((ms) => new Date(Number(ms))), type: 'TIMESTAMP' },
    ...['temperature_c', 'humidity_pct', 'precipitation_mm', 'wind_speed_kmh'].map((name) => {
      return { name, data: [1.5, 2], type: 'DOUBLE' };
    }),
    { name: 'source', data: ['a.csv@1', null], type: 'STRING', nullable: true },
    { name: 'row', data: [7n, null], type: 'INT64', nullable: true },
    { name: '_topic', data: ['weather-data', 'weather-data'], type: 'STRING' },
    { name: '_partition', data: [3, 3], type: 'INT32' },
    { name: '_offset', data: [10n, 11n], type: 'INT64' },
    { name: '_timestamp', data: [3n, 4n].map((ms) => new Date(Number(ms))), type: 'TIMESTAMP' },
  ].map((column) => ({ nullable: false, ...column })) as Parameters<
    typeof parquetWriteBuffer
  >[0]['columnData'];
  const old = new Uint8Array(parquetWriteBuffer({ columnData: columns, codec: 'UNCOMPRESSED' }));
  const rows = await readLandedRows(old);
  expect(rows.map(({ observation }) => [observation.location, observation.observedAtMs])).toEqual([
    ['Seoul', 1],
    ['Busan', 2],
  ]);
  expect(rows.map(({ observation }) => observation.temperatureC)).toEqual([1.5, 2]);
  expect(rows.map(({ record }) => [record.offset, record.timestampMs, record.headers])).toEqual([
    [10, 3, { source: 'a.csv@1', row: 7 }],
    [11, 4, {}],
  ]);
});

test('bytes that are no Parquet are an error', async () => {
  await expect(readLandedRows(Buffer.from('no Parquet at all'))).rejects.toThrow();
});
