import { countRecords, type Place, type Slice } from './batch.ts';
import type { Account } from './budget.ts';
import { type Deliver, MAX_EVENT_BYTES } from './deliver.ts';
import type { Segment } from './event.ts';
import type { FetchClock } from './fetch-clock.ts';
import { createQueue } from './queue.ts';
import type { Slots } from './slots.ts';

export type Worker = ReturnType<typeof createWorker>;

/**
 * Records of the partition from an offset on. `begunAt` is by the clock of fetches; `read` makes the texts of
 * its records.
 */
export type Fetch = { fromOffset: number; begunAt: number; read: () => Segment };

/**
 * One partition that this process owns: collects its records into batches and delivers them, one at a time.
 */
export function createWorker({
  place,
  batchSize,
  windowMs,
  slots,
  account,
  deliver,
  clock,
  oldestOffset,
  moveTo,
  onDone,
  onAhead,
  onError,
}: {
  place: Place;
  batchSize: number;
  windowMs: number;
  slots: Slots;
  account: Account;
  deliver: Deliver;
  clock: FetchClock;
  /** Of the oldest record that the broker had when it was last asked. */
  oldestOffset: () => number;
  /** Has the next fetch begin at this offset; one that is on its way began elsewhere. */
  moveTo: (offset: number) => void;
  /** Everything below this offset is done; `records` more than the last time. */
  onDone: (offset: number, records: number) => void;
  /** A fetch began at `fetchedOffset`, behind what was expected. */
  onAhead: (fetchedOffset: number, expected: number) => void;
  /** Of what should not happen: this worker does nothing more. */
  onError: (error: unknown) => void;
}) {
  const maxBytes = MAX_EVENT_BYTES - place.around.head.length - place.around.tail.length;
  const queue = createQueue({ batchSize, windowMs, maxBytes });
  const stopping = new AbortController();
  let owned = true;
  let blocked = false;
  let expected: number | undefined;
  let toldAhead: number | undefined;
  let movedAt = clock.move();
  let doneUpTo = -1;
  let running: Promise<void> | undefined;
  /**
   * Of the batch that is being delivered: where to go on after it, and whether all before that is done with
   * it.
   */
  let inFlight: { next: number; completes: boolean } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let wakeRoom = Promise.withResolvers<void>();
  let resume: (() => void) | undefined;

  const isCrowded = () => blocked || queue.bytes() >= account.share();

  const move = (offset: number) => {
    movedAt = clock.move();
    expected = offset;
    moveTo(offset);
  };

  /**
   * The client has gone back: to the last commit, in a topic made anew, or because for a moment it fetched
   * from the leader of before, too. Go back with it, and rather deliver twice than skip.
   */
  const goBack = (offset: number) => {
    // What waits before that stays, as it does not come again.
    const waiting = queue.bytes();
    queue.dropFrom(offset);
    account.free(waiting - queue.bytes());
    if (inFlight && offset < inFlight.next) {
      inFlight.next = offset;
      inFlight.completes = false;
    }
    doneUpTo = Math.min(doneUpTo, offset);
    // What other fetches on their way bring is behind what is forgotten here.
    movedAt = clock.move();
  };

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
    running = deliverNext().then(() => {
      running = undefined;
      pump();
    }, onError);
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
    const own = last && { next: endOffset(last), completes: true };
    inFlight = own;
    const onBackoff = () => {
      if (blocked || !own || stopping.signal.aborted) return;
      // It may take for ever. What waits behind it is fetched again when it is over, and the memory is for
      // others.
      blocked = true;
      account.free(held);
      held = 0;
      clearQueue();
      move(own.next);
    };
    const ended = await deliver(batch, place, { release, onBackoff, signal: stopping.signal });
    account.free(held);
    blocked = false;
    makeRoom();
    inFlight = undefined;
    if (ended && own?.completes) done(own.next, countRecords(batch));
  };

  const removePartition = account.addPartition({ bytes: queue.bytes, relieve: pump });

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
      if (expected !== undefined) move(expected);
    },

    /**
     * Takes over the records of a fetch, unless others are to come first. Returns where the next fetch
     * begins; undefined when that has not changed. Not to be called while it is blocked.
     */
    offer(fetch: Fetch): number | undefined {
      // One that began before the position was moved, or before the partition was ours, has read from
      // elsewhere.
      if (stopping.signal.aborted || fetch.begunAt < movedAt) return undefined;
      // Behind records that the broker still has, and that did not come.
      if (expected !== undefined && fetch.fromOffset > expected && oldestOffset() <= expected) {
        // Again and again until it is known that they are deleted; told once.
        if (toldAhead !== expected) onAhead(fetch.fromOffset, expected);
        toldAhead = expected;
        return expected;
      }
      if (expected !== undefined && fetch.fromOffset < expected) goBack(fetch.fromOffset);
      const segment = fetch.read();
      expected = segment.nextOffset;
      const before = queue.bytes();
      queue.push(segment, performance.now());
      account.hold(queue.bytes() - before);
      pump();
      return expected;
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
      removePartition();
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
