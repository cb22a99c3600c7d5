/** An object of the lake, as a listing describes it. */
export interface LakeObject {
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
}

export interface Lake {
  list(): Promise<readonly LakeObject[]>;
  /** The number of rows in the object's Parquet footer, or undefined if the object is gone. */
  countRows(object: LakeObject): Promise<number | undefined>;
}

export interface LandedRows {
  readonly rowsLanded: number;
  readonly parquetObjects: number;
}

const footersAtOnce = 8;

/**
 * Counts the rows in the lake from the footer of each object. A footer is read once for each key and ETag, so
 * a poll costs one listing and the footers of new objects.
 */
export const countLandedRows = ({ list, countRows }: Lake): (() => Promise<LandedRows>) => {
  let known = new Map<string, number>();
  const nameOf = ({ key, etag }: LakeObject) => `${key}@${etag}`;

  return async () => {
    const objects = await list();
    const next = new Map<string, number>();
    const queue = objects.values();
    const worker = async () => {
      for (const object of queue) {
        const rows = known.get(nameOf(object)) ?? (await countRows(object));
        if (rows !== undefined) next.set(nameOf(object), rows);
      }
    };
    await Promise.all(Array.from({ length: footersAtOnce }, worker));
    known = next;
    return { rowsLanded: [...next.values()].reduce((sum, rows) => sum + rows, 0), parquetObjects: next.size };
  };
};
