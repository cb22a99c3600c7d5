import { countRecords, type Slice, sizeOf } from './batch.ts';
import type { Segment } from './event.ts';

export type Limits = { batchSize: number; windowMs: number; maxBytes: number };

/**
 * The fetched and not yet delivered records of one partition, and the rule of when they make a batch: at
 * `batchSize` records, at `maxBytes` of their texts, or `windowMs` after the first of them came, whichever is
 * first.
 */
export function createQueue({ batchSize, windowMs, maxBytes }: Limits) {
  let entries: (Slice & { arrivedAt: number })[] = [];
  let records = 0;
  let bytes = 0;
  let nextOffset = -1;

  return {
    push(segment: Segment, now: number) {
      nextOffset = segment.nextOffset;
      if (segment.ends.length === 0) return;
      entries.push({ segment, from: 0, to: segment.ends.length, arrivedAt: now });
      records += segment.ends.length;
      bytes += segment.bytes.length + 1;
    },

    /** Texts waiting, in bytes. */
    bytes: () => bytes,
    isEmpty: () => records === 0,
    // Each fetch was counted with a comma; the last one has none.
    isFull: () => records >= batchSize || bytes - 1 > maxBytes,

    /**
     * When the batch closes by its window, in the clock of `push`; undefined when there is nothing to close.
     */
    closesAt: () => (entries[0] ? entries[0].arrivedAt + windowMs : undefined),

    /** The offset up to which everything is taken once the queue is empty, filtered records included. */
    nextOffset: () => nextOffset,

    /**
     * The next batch. It never exceeds the limits, except that one record alone may be larger than
     * `maxBytes`.
     */
    take(): Slice[] {
      const taken: Slice[] = [];
      let room = maxBytes + 1;
      let count = 0;
      for (const entry of entries) {
        const { segment, from } = entry;
        const start = from === 0 ? 0 : (segment.ends[from - 1] as number) + 1;
        let to = from;
        while (to < entry.to && count < batchSize) {
          const used = (segment.ends[to] as number) - start + 1;
          if (used > room && (count > 0 || to > from)) break;
          to++;
          count++;
        }
        if (to === from) break;
        const used = (segment.ends[to - 1] as number) - start + 1;
        taken.push({ segment, from, to });
        entry.from = to;
        room -= used;
        bytes -= used;
        if (to < entry.to) break;
      }
      records -= count;
      entries = entries.filter(({ from, to }) => from < to);
      return taken;
    },

    /** Forgets what waits from this offset on, as it will be pushed anew. */
    dropFrom(offset: number) {
      for (const entry of entries) {
        const { offsets } = entry.segment;
        while (entry.to > entry.from && (offsets[entry.to - 1] as number) >= offset) entry.to--;
      }
      entries = entries.filter(({ from, to }) => from < to);
      records = countRecords(entries);
      bytes = entries.reduce((sum, entry) => sum + sizeOf([entry]) + 1, 0);
      nextOffset = Math.min(nextOffset, offset);
    },

    /** Forgets what waits; then nothing is known to be done up to any offset. */
    clear() {
      entries = [];
      records = 0;
      bytes = 0;
      nextOffset = -1;
    },
  };
}
