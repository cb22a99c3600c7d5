import type { LandedRow } from '../land-observations/parquet.ts';
import { type Group, planMerges, type Settled, type StoredObject } from './plan-merges.ts';

export interface ReadObject {
  readonly rows: readonly LandedRow[];
  readonly eTag: string;
}

/** An object as it was read. */
interface Version {
  readonly key: string;
  readonly eTag: string;
}

export interface Ports {
  readonly settled: () => Promise<Settled>;
  readonly list: (date: string) => Promise<readonly StoredObject[]>;
  /**
   * Runs `work` while nobody else merges objects of the date, and no daily run reads it. `confirmLock` throws
   * when that no longer holds. Returns undefined, without work, when the date is in use.
   */
  readonly whileUnused: <T>(
    date: string,
    work: (confirmLock: () => Promise<unknown>) => Promise<T>,
  ) => Promise<T | undefined>;
  /** Undefined for an object that is gone. */
  readonly read: (key: string) => Promise<ReadObject | undefined>;
  /** Puts rows in the place of an object. @throws Error if it is not this version any more */
  readonly replace: (object: Version, rows: readonly LandedRow[]) => Promise<void>;
  /** Removes objects, unless they have another version by now. */
  readonly remove: (objects: readonly Version[]) => Promise<void>;
  readonly isTimeUp: () => boolean;
  readonly now: () => number;
}

export interface Compacted {
  /** Objects whose rows are now in another one, and which are gone. */
  readonly removed: number;
  /** Objects that took their rows. */
  readonly merged: number;
  /** Groups that wait for the next time, because the date was in use. */
  readonly left: number;
}

/**
 * Merges the small objects of an ingest date. The rows of a group replace its first object in one put, and
 * then the others are removed. In between, these rows are in the lake twice. If the function dies there, the
 * next run finds that the merged object has all rows of the others, and removes them (ADR 23).
 *
 * The ledger is read before the objects: an object below it is not written again.
 */
export async function compactDate(date: string, ports: Ports): Promise<Compacted> {
  const settled = await ports.settled();
  const groups = planMerges(await ports.list(date), settled, ports.now());
  let [removed, merged, left] = [0, 0, 0];
  for (const group of groups) {
    const outcome = ports.isTimeUp()
      ? undefined
      : await ports.whileUnused(date, (confirmLock) => merge(group, ports, confirmLock));
    if (outcome === undefined) left++;
    else {
      removed += outcome.removed;
      merged += outcome.merged;
    }
  }
  return { removed, merged, left };
}

async function merge({ before, members }: Group, ports: Ports, confirmLock: () => Promise<unknown>) {
  const landed = new Set<number>();
  if (before) {
    const object = await ports.read(before.key);
    // Its rows are in an object that this group does not know: the next plan will.
    if (!object) return { removed: 0, merged: 0 };
    for (const { record } of object.rows) landed.add(record.offset);
  }
  const rows: LandedRow[] = [];
  const kept: Version[] = [];
  const superseded: Version[] = [];
  for (const [member, object] of await readAll(members, ports, confirmLock)) {
    const version = { key: member.key, eTag: object.eTag };
    const known = object.rows.filter(({ record }) => landed.has(record.offset)).length;
    if (known === object.rows.length) superseded.push(version);
    else if (known > 0)
      throw new Error(
        `Merging ${member.key} failed: ${known} of its ${object.rows.length} rows are in the object before it, ` +
          'expected all or none. Nothing was changed. Run the audit (docs/audit.md).',
      );
    else {
      kept.push(version);
      for (const row of object.rows) {
        landed.add(row.record.offset);
        rows.push(row);
      }
    }
  }
  const [first, ...others] = kept;
  const removable = [...superseded, ...others];
  if (first && others.length > 0) {
    await confirmLock();
    await ports.replace(first, rows);
  }
  if (removable.length > 0) {
    await confirmLock();
    await ports.remove(removable);
  }
  return { removed: removable.length, merged: others.length > 0 ? 1 : 0 };
}

const readsAtOnce = 8;

/** The objects that are still there, in their order. */
async function readAll(
  members: readonly StoredObject[],
  { read }: Pick<Ports, 'read'>,
  confirmLock: () => Promise<unknown>,
): Promise<[StoredObject, ReadObject][]> {
  const found: [StoredObject, ReadObject][] = [];
  for (let at = 0; at < members.length; at += readsAtOnce) {
    const some = members.slice(at, at + readsAtOnce);
    const objects = await Promise.all(some.map(({ key }) => read(key)));
    for (const [place, member] of some.entries()) {
      const object = objects[place];
      if (object) found.push([member, object]);
    }
    // An idle transaction would lose its lock.
    await confirmLock();
  }
  return found;
}
