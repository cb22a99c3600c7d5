/** When the end of a partition was seen at an offset. */
type Sighting = { end: number; atMs: number };

/**
 * Sightings of a partition. With more, every second one is forgotten: the lag of a long backlog is coarser.
 */
const MAX_SIGHTINGS = 512;

/** Tells from the ends of partitions over time how long the oldest record behind a commit has waited. */
export function createLagClock() {
  const seen = new Map<string, Sighting[]>();
  return {
    /**
     * Seconds since the record at `from` was appended, by the sightings so far; 0 when there is none. Records
     * that were there at the first sighting count from that.
     */
    lagSeconds(
      partition: string,
      { end, from, nowMs }: { end: number; from: number; nowMs: number },
    ): number {
      const before = (seen.get(partition) ?? []).filter((sighting) => sighting.end > from);
      if (before.at(-1)?.end !== end && end > from) before.push({ end, atMs: nowMs });
      const kept = before.length > MAX_SIGHTINGS ? before.filter((_, at) => at % 2 === 0) : before;
      seen.set(partition, kept);
      const oldest = kept[0];
      return oldest === undefined ? 0 : Math.max(0, (nowMs - oldest.atMs) / 1_000);
    },
  };
}
