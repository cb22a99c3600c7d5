import { countRecords, type Slice } from './batch.ts';
import type { Account } from './budget.ts';
import { type Deliver, MAX_EVENT_BYTES, type Place } from './deliver.ts';
import type { Segment } from './event.ts';
import { createQueue } from './queue.ts';
import type { Slots } from './slots.ts';

export type Worker = ReturnType<typeof createWorker>;

/** kafkajs gives a request up after 30 s. A later fetch that begins there does so because all before it was deleted. */
const LONGEST_FETCH_MS = 35_000;

/** One partition that this process owns: collects its records into batches and delivers them, one at a time. */
export function createWorker({
  place,
  batchSize,
  windowMs,
  slots,
  account,
  deliver,
  moveTo,
  onDone,
}: {
  place: Place;
  batchSize: number;
  windowMs: number;
  slots: Slots;
  account: Account;
  deliver: Deliver;
  /** Has the next fetch begin at this offset; one that is on its way began elsewhere. */
  moveTo: (offset: number) => void;
  /** Everything below this offset is done; `records` more than the last time. */
  onDone: (offset: number, records: number) => void;
}) {
  const maxBytes = MAX_EVENT_BYTES - place.around.head.length - place.around.tail.length;
  const queue = createQueue({ batchSize, windowMs, maxBytes });
  const stopping = new AbortController();
  account.addPartition();
  let owned = true;
  let blocked = false;
  let expected: number | undefined;
  let overtaken: { offset: number; until: number } | undefined;
  let doneUpTo = -1;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let wakeRoom = Promise.withResolvers<void>();
  let resume: (() => void) | undefined;

  const isCrowded = () => blocked || queue.bytes() >= account.share();

  const clearQueue = () => {
    account.free(queue.bytes());
    queue.clear();
  };

  const done = (offset: number, records: number) => {
    if (!owned || offset <= doneUpTo) return;
    doneUpTo = offset;
    onDone(offset, records);
  };

  const pump = () => {
    clearTimeout(timer);
    if (running || stopping.signal.aborted) return;
    if (queue.isEmpty()) {
      // Records that the filters dropped, or that were not records, are done once all before them are.
      done(queue.nextOffset(), 0);
      return;
    }
    const closesAt = queue.closesAt() ?? 0;
    const inMs = closesAt - performance.now();
    // A crowded queue gets no more records, so there is nothing to wait for.
    if (inMs > 0 && !queue.isFull() && !isCrowded()) {
      timer = setTimeout(pump, Math.ceil(inMs));
      return;
    }
    running = deliverNext().finally(() => {
      running = undefined;
      pump();
    });
  };

  const deliverNext = async () => {
    const release = await slots.acquire(stopping.signal);
    if (!release) return;
    // Emptied while the slot was on its way.
    if (queue.isEmpty()) return release();
    const waiting = queue.bytes();
    const batch = queue.take();
    let held = waiting - queue.bytes();
    makeRoom();
    const last = batch.at(-1);
    const next = last ? endOffset(last) : undefined;
    const onBackoff = () => {
      if (blocked || next === undefined || stopping.signal.aborted) return;
      // It may take for ever. What waits behind it is fetched again when it is over, and the memory is for others.
      blocked = true;
      account.free(held);
      held = 0;
      clearQueue();
      if (expected !== undefined && expected > next) {
        overtaken = { offset: expected, until: performance.now() + LONGEST_FETCH_MS };
      }
      expected = next;
      moveTo(next);
    };
    const ended = await deliver(batch, place, { release, onBackoff, signal: stopping.signal });
    account.free(held);
    blocked = false;
    makeRoom();
    if (ended && next !== undefined) done(next, countRecords(batch));
  };

  const makeRoom = () => {
    if (isCrowded()) return;
    wakeRoom.resolve();
    resume?.();
    resume = undefined;
  };

  return {
    place,
    isCrowded,
    /** Takes no records for now: a batch of it has failed, and will be tried again. */
    isBlocked: () => blocked,
    /** Has the next fetch go on where the last one ended. */
    resumeAtExpected() {
      if (expected !== undefined) moveTo(expected);
    },

    /** Whether a fetch began before the position was moved back, so that records are missing before its first. */
    isOvertaken: (fetchedOffset: number): boolean =>
      overtaken !== undefined &&
      fetchedOffset === overtaken.offset &&
      expected !== undefined &&
      fetchedOffset > expected &&
      performance.now() < overtaken.until,

    /** Takes over the records of a fetch that began at `fetchedOffset`. */
    accept(segment: Segment, fetchedOffset: number) {
      if (stopping.signal.aborted) return;
      if (expected !== undefined && fetchedOffset < expected) {
        // The client has gone back to the last commit: go back with it, and rather deliver twice than skip.
        clearQueue();
      }
      expected = segment.nextOffset;
      const before = queue.bytes();
      queue.push(segment, performance.now());
      account.hold(queue.bytes() - before);
      pump();
    },

    /** Resolves when there is room, or after `ms`. */
    async room(ms: number): Promise<void> {
      wakeRoom = Promise.withResolvers<void>();
      const late = setTimeout(wakeRoom.resolve, ms);
      await wakeRoom.promise;
      clearTimeout(late);
    },

    /** To be called once, when there is room; or when the partition is no longer ours. */
    whenRoom(call: () => void) {
      resume = call;
    },

    /** Starts no more invokes; resolves when the one in flight has ended and its offset is marked. */
    async stop(): Promise<void> {
      if (!stopping.signal.aborted) account.removePartition();
      stopping.abort();
      clearTimeout(timer);
      clearQueue();
      wakeRoom.resolve();
      await running;
    },

    /** The partition belongs to another consumer now: what is in flight is not committed any more. */
    revoke() {
      owned = false;
      resume?.();
      void this.stop();
    },
  };
}

/** The offset after a batch, which skips what the filters dropped at the end of a fetch. */
function endOffset({ segment, to }: Slice): number {
  return to === segment.ends.length ? segment.nextOffset : (segment.offsets[to - 1] as number) + 1;
}
