import type { FreshRecords } from '../../shared/exactly-once/exactly-once.ts';
import type { Encode } from '../../shared/exactly-once/landed-objects.ts';
import { encodeErrorLines, objectKey } from './error-lines.ts';
import { type StoredError, toStoredError } from './stored-error.ts';

export interface Ports {
  /** To be looked at, corrected and redriven. */
  readonly store: (errors: readonly StoredError[]) => Promise<void>;
  /** To be counted. A second put of the same key replaces what a failed attempt left there. */
  readonly put: (key: string, encode: Encode) => Promise<void>;
}

/** Keeps every message of `error-data`, those that are not in its format too: in a table, and as an object of the lake. */
export async function recordErrors(partitions: readonly FreshRecords[], { store, put }: Ports) {
  const errors = partitions.flatMap(({ records }) => {
    const [first] = records;
    if (!first) return [];
    const kept = records.map((record) => ({ record, error: toStoredError(record) }));
    return [{ key: objectKey(first), kept }];
  });
  const stored = errors.flatMap(({ kept }) => kept.map(({ error }) => error));
  if (stored.length > 0) await store(stored);
  await Promise.all(errors.map(({ key, kept }) => put(key, (mark) => encodeErrorLines(kept, mark))));
  return { stored: stored.length };
}
