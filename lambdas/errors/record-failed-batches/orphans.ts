import { objectKey as landedKey } from '../../weather/land-observations/object-key.ts';
import { objectKey as errorsKey } from '../record-errors/error-lines.ts';
import type { FailedRecord } from './record-failed-batches.ts';

/** The consumers that write objects, each with the key of an object by its first record. */
const keysOf = new Map([
  ['land-observations', landedKey],
  ['record-errors', errorsKey],
]);

/**
 * The keys of objects that a failed attempt may have written for these records. No later attempt replaces
 * them.
 */
export const orphanKeys = (
  failures: readonly Pick<FailedRecord, 'batchOf' | 'position' | 'sentAtMs'>[],
): string[] =>
  failures.flatMap(({ batchOf, position, sentAtMs }) => {
    return keysOf.get(batchOf)?.({ ...position, timestampMs: sentAtMs }) ?? [];
  });
