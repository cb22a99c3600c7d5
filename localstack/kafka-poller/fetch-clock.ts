export type FetchClock = ReturnType<typeof createFetchClock>;

/**
 * Tells the fetches that began before a position was moved: they have read from where it was before. A
 * consumer goes on fetching from one broker while it joins its group anew in a fetch from another, so an
 * answer may even come from before a rebalance. Times are counted, not measured.
 */
export function createFetchClock() {
  let now = 0;
  const begun = new Map<number, number>();
  return {
    /** A broker gets one fetch after another. */
    fetchBegins: (node: number) => begun.set(node, ++now),
    beginOfFetch: (node: number): number => begun.get(node) ?? 0,
    /** The time of a move that is made now. */
    move: (): number => ++now,
  };
}
