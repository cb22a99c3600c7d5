import { sourceId } from '../../lambdas/shared/kafka/source.ts';
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
}

/** Decoding uses the processor fully, so a few parallel reads are as fast as many. */
const readsAtOnce = 4;

/** Reads the origin of every row in the lake. `ledger` was read before: rows beyond it may still change. */
export async function readLake(
  topic: string,
  ledger: ReadonlyMap<number, number>,
  { keys, read }: Pick<Ports, 'keys' | 'read'>,
  report: Report,
): Promise<LakeState> {
  const partitions = new Map<number, LandedPartition>();
  const seenRows = new SeenRows();

  const add = (key: string, landed: LandedRows) => {
    const object = inspectObject(key, landed, topic, report);
    if (!object) return;
    const { partition, start, last, runs } = object;
    const state = partitions.get(partition) ?? emptyPartition();
    partitions.set(partition, state);
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

  const queue = keys()[Symbol.asyncIterator]();
  const work = async () => {
    for (let next = await queue.next(); !next.done; next = await queue.next()) {
      try {
        const landed = await read(next.value);
        if (landed) add(next.value, landed);
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        report('unreadable', null, error.message);
      }
    }
  };
  await Promise.all(Array.from({ length: readsAtOnce }, work));
  return { partitions, seenRows };
}

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

/** Reports objects whose offset ranges overlap. */
export function reportOverlaps(partition: number, { objects }: LandedPartition, report: Report): void {
  const ascending = objects.toSorted((a, b) => a.start - b.start || a.last - b.last);
  let widest = ascending[0];
  for (const object of ascending.slice(1)) {
    if (widest && object.start <= widest.last) {
      const common = { from: object.start, to: Math.min(object.last, widest.last) + 1 };
      report('overlap', partition, `${widest.key} and ${object.key} share ${offsets(common)}`);
    }
    if (!widest || object.last > widest.last) widest = object;
  }
}
