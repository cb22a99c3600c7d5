export type Budget = ReturnType<typeof createBudget>;

/** A partition never gets less, or batches would become too small, nor more than two full events need. */
const LEAST = 256 * 1024;
const MOST = 12 * 1024 * 1024;

/** Shares the memory for fetched records out among all partitions of all mappings of this process. */
export function createBudget(totalBytes: number) {
  let partitions = 0;
  return {
    join() {
      partitions++;
      return () => {
        partitions--;
      };
    },
    /** Bytes of records that one partition may keep waiting. */
    share: () => Math.min(MOST, Math.max(LEAST, totalBytes / Math.max(1, partitions))),
  };
}
