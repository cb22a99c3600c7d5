import { keyOfBatch } from '../../shared/exactly-once/landed-objects.ts';

export const landedPrefix = 'raw/observations/';

export const objectKey = (firstLanded: Parameters<typeof keyOfBatch>[1]): string =>
  keyOfBatch(`${landedPrefix}ingest_date`, firstLanded, 'parquet');

/** The parts of a key; undefined for a key that `objectKey` does not make. */
export function parseObjectKey(
  key: string,
): { date: string; generation: number; partition: number; offset: number } | undefined {
  const [, date, generation = '0', partition, offset] = keyFormat.exec(key) ?? [];
  if (date === undefined) return undefined;
  return { date, generation: Number(generation), partition: Number(partition), offset: Number(offset) };
}

const keyFormat =
  /^raw\/observations\/ingest_date=(\d{4}-\d\d-\d\d)\/(?:g([1-9]\d*)-)?p(\d\d+)-(\d{20})\.parquet$/;
