export type FetchClock = ReturnType<typeof createFetchClock>;

/**
 * A logical clock that orders fetches and changes of a partition's position. A fetch that started before a
 * position changed has read from the old one, and its records must not be used. kafkajs keeps fetching from
 * one broker while another fetch rejoins the group, so a response may even be older than a rebalance. The
 * clock counts events; it measures no time.
 */
export function createFetchClock() {
  let now = 0;
  const startedAt = new Map<number, number>();
  return {
    /** To be called when a fetch from this broker starts. Each broker has one fetch at a time. */
    startFetch: (node: number) => startedAt.set(node, ++now),
    /** When the latest fetch from this broker started; 0 if there was none. */
    fetchStartedAt: (node: number): number => startedAt.get(node) ?? 0,
    /** Advances the clock, and returns the new time. */
    tick: (): number => ++now,
  };
}
