import type { FreshRecords } from '../../shared/exactly-once/exactly-once.ts';
import type { Encode } from '../../shared/exactly-once/landed-objects.ts';
import { encodeErrorLines, objectKey } from './error-lines.ts';
import { type StoredError, toStoredError } from './stored-error.ts';

export interface Ports {
  /** Stores the errors in the table, where people correct and redrive them. */
  readonly store: (errors: readonly StoredError[]) => Promise<void>;
  /**
   * Writes an object of the lake, for analysts. It replaces an object that a failed attempt left under the
   * same key.
   */
  readonly put: (key: string, encode: Encode) => Promise<void>;
}

/**
 * Stores every message of `error-data`. This is where a row that fails for ever ends up: as a row of
 * `error_weather_data` with status NEW, to be listed, corrected and redriven with `npm run errors`, and as a
 * line of an object in the lake. A message in another format is stored too, with type MALFORMED_MESSAGE.
 */
export async function recordErrors(partitions: readonly FreshRecords[], { store, put }: Ports) {
  const objects = partitions.flatMap(({ records }) => {
    const [first] = records;
    if (!first) return [];
    const entries = records.map((record) => ({ record, error: toStoredError(record) }));
    return [{ key: objectKey(first), entries }];
  });
  const stored = objects.flatMap(({ entries }) => entries.map(({ error }) => error));
  if (stored.length > 0) await store(stored);
  await Promise.all(objects.map(({ key, entries }) => put(key, (mark) => encodeErrorLines(entries, mark))));
  return { stored: stored.length };
}
