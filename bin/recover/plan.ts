import { nameOfPartition } from '../../lambdas/shared/exactly-once/landed-objects.ts';

/** A consumer on a partition. Offsets are those of the next record. */
export interface Position {
  readonly group: string;
  readonly topic: string;
  /** Of the topic. */
  readonly generation: number;
  readonly partition: number;
  /** The first retained offset, and the next one to be written. */
  readonly begin: number;
  readonly end: number;
  /** What the group has committed; undefined for nothing. */
  readonly committed: number | undefined;
  /** The restored ledger; undefined for a partition that it does not know yet. */
  readonly ledger: number | undefined;
}

/** Where a consumer goes on. */
export interface Resume extends Position {
  readonly offset: number;
  /** Records that it will process again, or for the first time. */
  readonly replayed: number;
  /** Records at or after the ledger that the topic no longer has. */
  readonly expired: number;
}

/**
 * Every consumer goes on where the ledger is, or where the topic begins if that is later: what lies in
 * between has expired, and the next batch records it as a gap.
 * @throws Error when a ledger is past the end of its topic
 */
export function planResumes(positions: readonly Position[]): Resume[] {
  const ahead = positions.find(({ ledger = 0, end }) => ledger > end);
  if (ahead)
    throw new Error(
      `The ledger of ${ahead.group} is at ${ahead.ledger} of ${ahead.topic}/${ahead.partition}, but the topic ends at ` +
        `${ahead.end}. The topic is not the one of this database: was it, or the cluster, replaced? Nothing was changed.`,
    );
  return positions.map((position) => {
    const { ledger = 0, begin, end } = position;
    const offset = Math.max(ledger, begin);
    return { ...position, offset, replayed: end - offset, expired: offset - ledger };
  });
}

/** An object that a consumer writes for a batch. Its key begins with the offset of its first record. */
export interface BatchObject {
  readonly key: string;
  readonly eTag: string;
  readonly date: string;
  readonly generation: number;
  readonly partition: number;
  readonly offset: number;
  readonly storedAtMs: number;
}

interface ObjectPlan {
  /** All of their records will be written again, perhaps in other objects. */
  readonly remove: readonly BatchObject[];
  /** They begin before, and were written late enough to hold later records too: only merged objects can. */
  readonly examine: readonly BatchObject[];
}

/** Clocks of the database and of S3 differ by less. */
const clocksMs = 5 * 60_000;

/**
 * Sorts the objects of a consumer by what its replay does to them.
 * @param writtenUntilMs some time before the snapshot; undefined: unknown
 */
export function planObjects(
  objects: readonly BatchObject[],
  resumes: readonly Pick<Resume, 'generation' | 'partition' | 'offset'>[],
  writtenUntilMs: number | undefined,
): ObjectPlan {
  const offsets = new Map(resumes.map((resume) => [nameOfPartition(resume), resume.offset]));
  // Objects of an earlier generation of the topic stay.
  const resumeOf = (object: BatchObject) => offsets.get(nameOfPartition(object)) ?? Number.POSITIVE_INFINITY;
  return {
    remove: objects.filter((object) => object.offset >= resumeOf(object)),
    examine: objects.filter(
      (object) =>
        offsets.has(nameOfPartition(object)) &&
        object.offset < resumeOf(object) &&
        object.storedAtMs >= (writtenUntilMs ?? Number.NEGATIVE_INFINITY) - clocksMs,
    ),
  };
}
