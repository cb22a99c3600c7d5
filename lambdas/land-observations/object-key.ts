export const landedPrefix = 'raw/observations/';

interface Start {
  readonly partition: number;
  /** Where the batch starts. */
  readonly offset: number;
  readonly timestampMs: number;
}

/**
 * The key depends on nothing but where the batch starts, so that a retry writes to the same place, whatever it then holds.
 * 20 digits keep the order of offsets in the order of names.
 */
export function objectKey({ partition, offset, timestampMs }: Start): string {
  const name = `p${String(partition).padStart(2, '0')}-${String(offset).padStart(20, '0')}`;
  return `${landedPrefix}ingest_date=${dateOf(timestampMs)}/${name}.parquet`;
}

/** What a key says of its object; undefined for a key that `objectKey` does not make. */
export function parseObjectKey(key: string): { date: string; partition: number; offset: number } | undefined {
  const match = keyFormat.exec(key);
  if (!match?.[1]) return undefined;
  return { date: match[1], partition: Number(match[2]), offset: Number(match[3]) };
}

export const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const keyFormat = /^raw\/observations\/ingest_date=(\d{4}-\d\d-\d\d)\/p(\d\d+)-(\d{20})\.parquet$/;
