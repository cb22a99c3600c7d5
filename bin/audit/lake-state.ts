import { chunksOf } from '../../lambdas/shared/aws/chunks.ts';
import { sourceId } from '../../lambdas/shared/kafka/source.ts';
import { parseObjectKey } from '../../lambdas/weather/land-observations/object-key.ts';
import type { Report } from './finding.ts';
import { inspectObject, type LandedObject, type LandedRows } from './landed-object.ts';
import { OffsetRuns, type Run } from './offset-runs.ts';
import { type Ports, Unreadable } from './ports.ts';
import { SeenRows } from './seen-rows.ts';

export interface LandedPartition {
  readonly runs: OffsetRuns;
  readonly objects: Omit<LandedObject, 'runs' | 'partition'>[];
  rows: number;
  /** The highest row of each file, by the id of its source, with its offset. */
  readonly lastRows: Map<string, { row: number; offset: number }>;
}

export interface LakeState {
  readonly partitions: ReadonlyMap<number, LandedPartition>;
  readonly seenRows: SeenRows;
  /** Whether objects were merged while they were read. What was read may then be neither before nor after. */
  readonly hasChanged: boolean;
}

/** Decoding uses the processor fully, so a few parallel reads are as fast as many. */
const readsAtOnce = 4;

/**
 * Reads the origin of every row of a generation. `ledger` was read before: rows beyond it may still change.
 * `earlier` has the rows of earlier generations.
 */
export async function readLake(
  topic: string,
  earlier: SeenRows | undefined,
  ledger: ReadonlyMap<number, number>,
  { keys, read }: Pick<Ports, 'keys' | 'read'>,
  report: Report,
): Promise<LakeState> {
  const partitions = new Map<number, LandedPartition>();
  const seenRows = new SeenRows(earlier);
  let hasChanged = false;

  const add = (key: string, landed: LandedRows) => {
    const object = inspectObject(key, landed, topic, report);
    if (!object) return;
    const { partition, start, last, runs } = object;
    const state = partitions.get(partition) ?? emptyPartition();
    partitions.set(partition, state);
    if (isSuperseded(object, state)) {
      hasChanged = true;
      const what = `${key} was merged into the object before it, and not removed: the next run of tidy-observations does`;
      return report('superseded', partition, what);
    }
    state.objects.push({ key, start, last });
    state.rows += landed.offsets.length;
    const duplicates = new OffsetRuns();
    for (const run of runs) {
      for (const twice of state.runs.add(run)) {
        duplicates.add(twice);
        report('duplicate offset', partition, `${offsets(twice)} landed again in ${key}`);
      }
    }
    addFileRows(landed, state, ledger.get(partition) ?? 0, (source, row, offset) => {
      if (duplicates.has(offset)) return;
      if (!seenRows.add(source, row))
        report(
          'duplicate row',
          partition,
          `row ${row} of ${source} landed again, as offset ${offset} in ${key}`,
          source,
        );
    });
  };

  // All keys are listed before the first object is read: of two objects that are merged meanwhile, the first
  // then has the rows of both, or the second is found missing.
  const all: string[] = [];
  for await (const key of keys()) all.push(key);
  for (const some of chunksOf(all, readsAtOnce)) {
    const objects = await Promise.allSettled(some.map(read));
    for (const [place, object] of objects.entries()) {
      if (object.status === 'fulfilled' && object.value) add(some[place] ?? '', object.value);
      else if (object.status === 'fulfilled') hasChanged = true;
      else if (object.reason instanceof Unreadable) report('unreadable', null, object.reason.message);
      else throw object.reason;
    }
  }
  return { partitions, seenRows, hasChanged };
}

/** Whether an earlier object of its date has all rows of this one. Objects come in order of their keys. */
function isSuperseded({ key, start, runs }: LandedObject, state: LandedPartition): boolean {
  return (
    state.objects.some(
      (other) => other.start < start && other.last >= start && dateOfKey(other.key) === dateOfKey(key),
    ) && runs.every((run) => state.runs.missing(run).length === 0)
  );
}

const dateOfKey = (key: string) => parseObjectKey(key)?.date;

function addFileRows(
  { sources, rows, offsets }: LandedRows,
  { lastRows }: LandedPartition,
  ledger: number,
  seen: (source: string, row: number, offset: number) => void,
) {
  for (const [place, offset] of offsets.entries()) {
    const source = sources[place];
    const row = rows[place];
    if (source === null || source === undefined || row === null || row === undefined) continue;
    seen(source, row, offset);
    const id = sourceId(source);
    if (offset < ledger && row > (lastRows.get(id)?.row ?? -1)) lastRows.set(id, { row, offset });
  }
}

export const emptyPartition = (): LandedPartition => ({
  runs: new OffsetRuns(),
  objects: [],
  rows: 0,
  lastRows: new Map(),
});

export const offsets = ({ from, to }: Run): string =>
  to - from === 1 ? `offset ${from}` : `offsets ${from} to ${to - 1}`;

/**
 * Reports objects of one date whose offset ranges overlap. Between rows of a merged object, there may be rows
 * of another date: producers choose the timestamps.
 */
export function reportOverlaps(partition: number, { objects }: LandedPartition, report: Report): void {
  for (const ofDate of Map.groupBy(objects, ({ key }) => dateOfKey(key)).values()) {
    const ascending = ofDate.toSorted((a, b) => a.start - b.start || a.last - b.last);
    let widest = ascending[0];
    for (const object of ascending.slice(1)) {
      if (widest && object.start <= widest.last) {
        const common = { from: object.start, to: Math.min(object.last, widest.last) + 1 };
        report('overlap', partition, `${widest.key} and ${object.key} share ${offsets(common)}`);
      }
      if (!widest || object.last > widest.last) widest = object;
    }
  }
}
