import { countRecords, endOf, type Slice, sizeOf, startOf } from './batch.ts';
import type { Segment } from './event.ts';

export type Limits = { batchSize: number; windowMs: number; maxBytes: number };

/**
 * The records of one partition that were fetched and not yet delivered. The queue decides when they form a
 * batch: at `batchSize` records, at `maxBytes` of text, or `windowMs` after the first record arrived,
 * whichever comes first.
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

    /** Bytes of text that wait. */
    bytes: () => bytes,
    isEmpty: () => records === 0,
    // `bytes` counts a comma after each segment; the last segment of an event has none.
    isFull: () => records >= batchSize || bytes - 1 > maxBytes,

    /**
     * When the window of the next batch ends, by the clock given to `push`. Undefined when the queue is
     * empty.
     */
    closesAt: () => (entries[0] ? entries[0].arrivedAt + windowMs : undefined),

    /** The offset after the last record pushed, filtered ones included; -1 when it is not known. */
    nextOffset: () => nextOffset,

    /** Takes the next batch. It is within the limits, unless a single record is larger than `maxBytes`. */
    take(): Slice[] {
      const taken: Slice[] = [];
      let room = maxBytes + 1;
      let count = 0;
      for (const entry of entries) {
        const { segment, from } = entry;
        const start = startOf(entry);
        let to = from;
        while (to < entry.to && count < batchSize) {
          const used = (segment.ends[to] as number) - start + 1;
          if (used > room && (count > 0 || to > from)) break;
          to++;
          count++;
        }
        if (to === from) break;
        const used = endOf({ segment, from, to }) - start + 1;
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

    /** Drops the records from this offset on, because they will be pushed again. */
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

    /** Drops all records. The next offset is unknown then, so that no dropped record counts as processed. */
    clear() {
      entries = [];
      records = 0;
      bytes = 0;
      nextOffset = -1;
    },
  };
}
