import { keyOfBatch } from '../../shared/exactly-once/landed-objects.ts';

export const landedPrefix = 'raw/observations/';

export const objectKey = (firstLanded: Parameters<typeof keyOfBatch>[1]): string =>
  keyOfBatch(`${landedPrefix}ingest_date`, firstLanded, 'parquet');

/** The parts of a key; undefined for a key that `objectKey` does not make. */
export function parseObjectKey(key: string): { date: string; partition: number; offset: number } | undefined {
  const match = keyFormat.exec(key);
  if (!match?.[1]) return undefined;
  return { date: match[1], partition: Number(match[2]), offset: Number(match[3]) };
}

const keyFormat = /^raw\/observations\/ingest_date=(\d{4}-\d\d-\d\d)\/p(\d\d+)-(\d{20})\.parquet$/;
