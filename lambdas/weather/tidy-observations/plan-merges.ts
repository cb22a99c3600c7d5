/** A landed object, as the lake lists it. */
export interface StoredObject {
  readonly key: string;
  /** What its key begins with: the generation of the topic and the partition. */
  readonly partition: string;
  /** The offset of its first row. */
  readonly offset: number;
  readonly bytes: number;
  readonly storedAtMs: number;
}

/** What landing has done with offsets for good, by partition as in `StoredObject`. */
export interface Settled {
  /** Every record below was landed or discarded. */
  readonly nextOffsets: ReadonlyMap<string, number>;
  /**
   * Offsets that landing passed without a batch, without `to`. An object there is the orphan of a discarded
   * batch.
   */
  readonly gaps: ReadonlyMap<string, readonly { readonly from: number; readonly to: number }[]>;
}

/** Neighbours of one partition, in the order of their offsets. */
export interface Group {
  /** The object before them, if there is one: it may hold the first of them already. */
  readonly before: StoredObject | undefined;
  readonly members: readonly StoredObject[];
}

/** A landed object of 10,000 rows has 0.4 to 0.6 MB. A merged one that is larger than this is left alone. */
export const smallBytes = 1024 * 1024;
/** Limits of a group: about 110,000 rows, and requests that take seconds. */
const groupBytes = 4 * 1024 * 1024;
const groupObjects = 500;
/**
 * The put of an attempt that lost its lock ends within the function's timeout of two minutes. Until then, it
 * could write an object again that was merged and removed.
 */
const leastAgeMs = 15 * 60 * 1000;

/** Chooses what to merge among the objects of one ingest date. */
export function planMerges(
  objects: readonly StoredObject[],
  { nextOffsets, gaps }: Settled,
  nowMs: number,
): Group[] {
  const isSettled = ({ partition, offset }: StoredObject) =>
    offset < (nextOffsets.get(partition) ?? 0) &&
    !(gaps.get(partition) ?? []).some(({ from, to }) => offset >= from && offset < to);
  const mayMerge = (object: StoredObject) =>
    object.bytes < smallBytes && object.storedAtMs <= nowMs - leastAgeMs && isSettled(object);

  return [...Map.groupBy(objects, ({ partition }) => partition).values()].flatMap((ofPartition) => {
    const groups: { before: StoredObject | undefined; members: StoredObject[]; bytes: number }[] = [];
    let before: StoredObject | undefined;
    let isOpen = false;
    for (const object of ofPartition.toSorted((a, b) => a.offset - b.offset)) {
      const last = groups.at(-1);
      if (!mayMerge(object)) isOpen = false;
      else if (
        isOpen &&
        last &&
        last.members.length < groupObjects &&
        last.bytes + object.bytes <= groupBytes
      ) {
        last.members.push(object);
        last.bytes += object.bytes;
      } else {
        groups.push({ before, members: [object], bytes: object.bytes });
        isOpen = true;
      }
      before = object;
    }
    return groups.filter((group) => group.members.length > 1 || group.before !== undefined);
  });
}
