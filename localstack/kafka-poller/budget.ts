export type Budget = ReturnType<typeof createBudget>;
export type Account = ReturnType<Budget['open']>;

/** A partition never gets less to wait, or batches would become too small, nor more than two full events need. */
const LEAST_WAITING = 256 * 1024;
const MOST_WAITING = 12 * 1024 * 1024;
const LEAST_FETCHED = 128 * 1024;
const MOST_FETCHED = 4 * 1024 * 1024;
/** What a mapping may hold however much the others do: a slow function is no reason for others to wait. */
const LEAST_HELD = 256 * 1024;

/**
 * Shares the memory for the texts of records out among the mappings of this process. A text is held from its fetch to
 * the end of its invoke; during a backoff it is not counted, so that functions that fail keep nothing from the others.
 */
export function createBudget(totalBytes: number) {
  let held = 0;
  let mappings = 0;
  let partitions = 0;
  let room = Promise.withResolvers<void>();
  const wake = () => {
    room.resolve();
    room = Promise.withResolvers<void>();
  };

  return {
    /** Bytes that one fetch may bring: of each mapping there is one on its way from each broker. */
    fetchBytes: () => Math.min(MOST_FETCHED, Math.max(LEAST_FETCHED, Math.floor(totalBytes / 6 / mappings))),

    open() {
      let own = 0;
      let closed = false;
      mappings++;
      const hasRoom = () => closed || held < totalBytes || own < LEAST_HELD;
      return {
        hold(bytes: number) {
          if (closed) return;
          own += bytes;
          held += bytes;
        },
        free(bytes: number) {
          if (closed || bytes === 0) return;
          own -= bytes;
          held -= bytes;
          wake();
        },
        /** Resolves when more may be held. What resumes after it must look again, as others do too. */
        async room(): Promise<void> {
          while (!hasRoom()) await room.promise;
        },
        /** Bytes that one partition may keep waiting for its next invoke. */
        share: () =>
          Math.min(MOST_WAITING, Math.max(LEAST_WAITING, totalBytes / 2 / Math.max(1, partitions))),
        addPartition() {
          partitions++;
        },
        removePartition() {
          partitions--;
        },
        close() {
          closed = true;
          mappings--;
          held -= own;
          wake();
        },
      };
    },
  };
}
