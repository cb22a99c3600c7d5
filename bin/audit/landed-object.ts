import { dateOf } from '../../lambdas/shared/exactly-once/landed-objects.ts';
import { parseObjectKey } from '../../lambdas/weather/land-observations/object-key.ts';
import type { Report } from './finding.ts';
import { type Run, runsOf } from './offset-runs.ts';

/** The origin of each row of a landed object. */
export interface LandedRows {
  readonly topics: readonly string[];
  readonly partitions: readonly number[];
  readonly offsets: readonly number[];
  /** The file and the line of each row; null for rows that are not from a file. */
  readonly sources: readonly (string | null)[];
  readonly rows: readonly (number | null)[];
  readonly firstTimestampMs: number;
}

export interface LandedObject {
  readonly key: string;
  readonly partition: number;
  /** The offset of its first row, which is part of its key. */
  readonly start: number;
  readonly last: number;
  readonly runs: readonly Run[];
}

/**
 * Compares an object with its key. Returns undefined, after a report, when its rows are not from one
 * partition.
 */
export function inspectObject(
  key: string,
  landed: LandedRows,
  topic: string,
  report: Report,
): LandedObject | undefined {
  const { topics, partitions, offsets } = landed;
  const name = parseObjectKey(key);
  const [first, partition] = [offsets[0], partitions[0]];
  if (first === undefined || partition === undefined) {
    report('unreadable', name?.partition ?? null, `${key} has no rows`);
    return undefined;
  }
  if (partitions.some((each) => each !== partition) || topics.some((each) => each !== topic)) {
    report('unreadable', null, `${key} has rows of several partitions, or of a topic other than ${topic}`);
    return undefined;
  }

  if (!name) report('misnamed', partition, `${key} is not a key that landing writes`);
  else if (name.partition !== partition)
    report('misnamed', partition, `${key} has rows of partition ${partition}`);
  else if (name.offset !== first) report('misnamed', partition, `${key} starts with offset ${first}`);
  else if (name.date !== dateOf(landed.firstTimestampMs))
    report('misnamed', partition, `${key} starts with a record of ${dateOf(landed.firstTimestampMs)}`);

  const isOrdered = offsets.every((offset, place) => place === 0 || offset > (offsets[place - 1] ?? 0));
  if (!isOrdered) report('disorder', partition, `${key} has offsets out of order`);
  const ascending = isOrdered ? offsets : offsets.toSorted((a, b) => a - b);
  return {
    key,
    partition,
    start: ascending[0] ?? first,
    last: ascending.at(-1) ?? first,
    runs: runsOf(ascending),
  };
}
