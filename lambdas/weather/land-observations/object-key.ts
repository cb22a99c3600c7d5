import { keyOfBatch, parseKeyOfBatch } from '../../shared/exactly-once/landed-objects.ts';

export const landedPrefix = 'raw/observations/';

const [keyPrefix, ending] = [`${landedPrefix}ingest_date`, 'parquet'];

export const objectKey = (firstLanded: Parameters<typeof keyOfBatch>[1]): string =>
  keyOfBatch(keyPrefix, firstLanded, ending);

/** The parts of a key; undefined for a key that `objectKey` does not make. */
export const parseObjectKey = (key: string) => parseKeyOfBatch(keyPrefix, key, ending);
