import { objectKey as landedKey } from '../../weather/land-observations/object-key.ts';
import { objectKey as errorsKey } from '../record-errors/error-lines.ts';
import type { FailedRecord } from './record-failed-batches.ts';

/** The consumers that write objects, and how these are named, by the first record in them. */
const keysOf = new Map([
  ['land-observations', landedKey],
  ['record-errors', errorsKey],
]);

/** The keys of what attempts at these records may have put and not committed: no attempt will come that replaces it. */
export const orphanKeys = (
  failures: readonly Pick<FailedRecord, 'batchOf' | 'position' | 'sentAtMs'>[],
): string[] =>
  failures.flatMap(({ batchOf, position: { partition, offset }, sentAtMs }) => {
    return keysOf.get(batchOf)?.({ partition, offset, timestampMs: sentAtMs }) ?? [];
  });
