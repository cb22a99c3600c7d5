/** How long a fetch of an idle session waits for records. */
const LONG_WAIT_MS = 2_000;
/**
 * The same, while records come or a partition is paused because its function is slow or fails. A paused
 * partition is in no fetch, and is fetched again within this time after it was resumed.
 */
export const SHORT_WAIT_MS = 500;
/** With long waits at the end of a backlog, its last partitions would wait for a fetch of drained ones. */
const IDLE_AFTER_MS = 10_000;

export type FetchWaits = ReturnType<typeof createFetchWaits>;

/**
 * Bounds how long the fetches of a session wait. An idle poller and its brokers do little else than fetches.
 */
export function createFetchWaits(isPartitionPaused: () => boolean, now = () => performance.now()) {
  let lastRecordsAt = now();
  const waiting = new Set<() => void>();

  return {
    /** Resolves to undefined when `endWaits` is called before there is an answer. */
    async run<Answer>(fetch: (maxWaitMs: number) => Promise<Answer>): Promise<Answer | undefined> {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const giveUp = () => resolve(undefined);
      waiting.add(giveUp);
      try {
        const isBusy = now() - lastRecordsAt < IDLE_AFTER_MS || isPartitionPaused();
        return await Promise.race([fetch(isBusy ? SHORT_WAIT_MS : LONG_WAIT_MS), promise]);
      } finally {
        waiting.delete(giveUp);
      }
    },

    recordsCame() {
      lastRecordsAt = now();
    },

    /** A consumer that stops waits for its fetches. */
    endWaits() {
      for (const giveUp of waiting) giveUp();
    },
  };
}
