import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { parquetMetadata, parquetRead } from 'hyparquet';
import { columnNames, type LandedRow } from './parquet.ts';

/** Objects of older releases are gzipped. */
const compressors = {
  GZIP: (page: Uint8Array) => gunzipSync(page),
  ZSTD: (page: Uint8Array) => zstdDecompressSync(page),
};

/**
 * Reads columns of a landed object. Times are in epoch milliseconds; a cell without a value is null or
 * undefined.
 *
 * @throws Error for bytes that are no Parquet, or lack one of the columns
 */
export async function readColumns(
  bytes: Uint8Array,
  names: readonly string[],
): Promise<(name: string) => readonly unknown[]> {
  const file = bytes.slice().buffer;
  const metadata = parquetMetadata(file);
  const cells = new Map<string, unknown[]>(names.map((name) => [name, []]));
  await parquetRead({
    file,
    metadata,
    columns: [...names],
    compressors,
    parsers: { timestampFromMicroseconds: (micros) => Number(micros / 1000n) },
    onChunk({ columnName, columnData }) {
      const all = cells.get(columnName);
      for (const cell of columnData as Iterable<unknown>) all?.push(cell);
    },
  });
  const numRows = Number(metadata.num_rows);
  return (name) => {
    const values = cells.get(name) ?? [];
    if (values.length !== numRows) throw new Error(`column ${name} has ${values.length} rows of ${numRows}`);
    return values;
  };
}

/**
 * Reads the rows of a landed object, so that `encodeParquet` writes the same rows again. It reads objects of
 * an older release too, whose measures were never null.
 *
 * @throws Error as `readColumns`
 */
export async function readLandedRows(bytes: Uint8Array): Promise<LandedRow[]> {
  const column = await readColumns(bytes, columnNames);
  const text = textReader();
  const [locations, sources, topics] = [column('location'), column('source'), column('_topic')];
  const [times, rows, stamps] = [column('date_time'), column('row'), column('_timestamp')];
  const [partitions, offsets] = [column('_partition'), column('_offset')];
  const measures = {
    temperatureC: column('temperature_c'),
    humidityPct: column('humidity_pct'),
    precipitationMm: column('precipitation_mm'),
    windSpeedKmh: column('wind_speed_kmh'),
  };
  return offsets.map((offset, place) => ({
    record: {
      topic: text(topics[place]),
      partition: Number(partitions[place]),
      offset: Number(offset),
      timestampMs: Number(stamps[place]),
      // Not in the lake: the row says it.
      key: null,
      text: null,
      value: undefined,
      headers: {
        ...(isPresent(sources[place]) && { source: text(sources[place]) }),
        ...(isPresent(rows[place]) && { row: Number(rows[place]) }),
      },
    },
    observation: {
      location: text(locations[place]),
      observedAtMs: Number(times[place]),
      temperatureC: numberOf(measures.temperatureC[place]),
      humidityPct: numberOf(measures.humidityPct[place]),
      precipitationMm: numberOf(measures.precipitationMm[place]),
      windSpeedKmh: numberOf(measures.windSpeedKmh[place]),
      retry: 0,
    },
  }));
}

const isPresent = (cell: unknown) => cell !== null && cell !== undefined;
const numberOf = (cell: unknown) => (isPresent(cell) ? Number(cell) : null);

/** One string for all cells with the same text: the encoder then writes a repeated text once. */
function textReader(): (cell: unknown) => string {
  const known = new Map<unknown, string>();
  return (cell) => {
    const found = known.get(cell);
    if (found !== undefined) return found;
    const text = String(cell);
    known.set(cell, text);
    return text;
  };
}
