import { countRecords, type Place, type Slice } from './batch.ts';
import type { Account } from './budget.ts';
import { type Deliver, MAX_EVENT_BYTES } from './deliver.ts';
import type { Segment } from './event.ts';
import type { FetchClock } from './fetch-clock.ts';
import { createQueue } from './queue.ts';
import type { Slots } from './slots.ts';

export type Worker = ReturnType<typeof createWorker>;

/**
 * The records that one fetch returned for the partition, from `fromOffset` on. `startedAt` is a time of the
 * fetch clock. `read` makes the texts of the records; it is called only when they are accepted.
 */
export type Fetch = { fromOffset: number; startedAt: number; read: () => Segment };

/**
 * Delivers the records of one partition: collects them into batches, and delivers one batch at a time, in
 * order. A fetch may bring records late, twice, or from a broker that was the leader before. So the worker
 * knows which offset must come next, and accepts a fetch only if no record is skipped by it. It would rather
 * deliver a record twice.
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
  seek,
  onDone,
  onFetchedAhead,
  onError,
}: {
  place: Place;
  batchSize: number;
  windowMs: number;
  slots: Slots;
  account: Account;
  deliver: Deliver;
  clock: FetchClock;
  /** The offset of the oldest record that the broker had when it was last asked. */
  oldestOffset: () => number;
  /** Makes the next fetch start at this offset. A fetch already in flight has started elsewhere. */
  seek: (offset: number) => void;
  /** All records below `offset` are processed; `records` more than at the last call. */
  onDone: (offset: number, records: number) => void;
  /** A fetch started at `fetchedOffset`, although the records from `expected` on have not come. */
  onFetchedAhead: (fetchedOffset: number, expected: number) => void;
  /** An unexpected error; the worker does nothing more after it. */
  onError: (error: unknown) => void;
}) {
  const maxBytes = MAX_EVENT_BYTES - place.envelope.head.length - place.envelope.tail.length;
  const queue = createQueue({ batchSize, windowMs, maxBytes });
  const stopping = new AbortController();
  let owned = true;
  /** A batch has failed and is being retried. */
  let blocked = false;
  /** The offset that must come next; unknown before the first fetch. */
  let expected: number | undefined;
  let lastReportedAhead: number | undefined;
  /** Fetches that started before this time have read from another position. */
  let movedAt = clock.tick();
  let doneUpTo = -1;
  let running: Promise<void> | undefined;
  /**
   * The batch that is being delivered. `next` is the offset to continue at. `completes` becomes false when
   * some of its records will be fetched again; then its end does not count them as processed.
   */
  let inFlight: { next: number; completes: boolean } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let roomWaiter = Promise.withResolvers<void>();
  let callOnRoom: (() => void) | undefined;

  const isOverBudget = () => blocked || queue.bytes() >= account.partitionShare();

  const move = (offset: number) => {
    movedAt = clock.tick();
    expected = offset;
    seek(offset);
  };

  /**
   * A fetch started before the expected offset: at the last commit, in a topic that was created anew, or at
   * an old leader. Its records are delivered again rather than skipped. Records that wait and lie before
   * `offset` stay in the queue, because they will not be fetched again.
   */
  const rewind = (offset: number) => {
    const waiting = queue.bytes();
    queue.dropFrom(offset);
    account.free(waiting - queue.bytes());
    if (inFlight && offset < inFlight.next) {
      inFlight.next = offset;
      inFlight.completes = false;
    }
    doneUpTo = Math.min(doneUpTo, offset);
    // Fetches in flight return records that lie behind those dropped here.
    movedAt = clock.tick();
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

  /** Starts the delivery of a batch if there is one to deliver, or waits for its window. */
  const pump = () => {
    clearTimeout(timer);
    if (running || stopping.signal.aborted) return;
    if (queue.isEmpty()) {
      // Filtered records and transaction markers are processed once all records before them are.
      done(queue.nextOffset(), 0);
      return;
    }
    const closesAt = queue.closesAt() ?? 0;
    const inMs = closesAt - performance.now();
    // A partition over its budget gets no more records, so it must not wait for them.
    if (inMs > 0 && !queue.isFull() && !isOverBudget()) {
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
    // The queue may have been emptied during the wait for a slot.
    if (queue.isEmpty()) return release();
    const waiting = queue.bytes();
    const batch = queue.take();
    let held = waiting - queue.bytes();
    announceRoom();
    const last = batch.at(-1);
    const own = last && { next: endOffset(last), completes: true };
    inFlight = own;
    const onBackoff = () => {
      if (blocked || !own || stopping.signal.aborted) return;
      // Retries may never end. So the records behind the batch are dropped and fetched again later; others
      // get the memory.
      blocked = true;
      account.free(held);
      held = 0;
      clearQueue();
      move(own.next);
    };
    const ended = await deliver(batch, place, { release, onBackoff, signal: stopping.signal });
    account.free(held);
    blocked = false;
    announceRoom();
    inFlight = undefined;
    if (ended && own?.completes) done(own.next, countRecords(batch));
  };

  const removePartition = account.addPartition({ bytes: queue.bytes, deliverNow: pump });

  const announceRoom = () => {
    if (isOverBudget()) return;
    roomWaiter.resolve();
    callOnRoom?.();
    callOnRoom = undefined;
  };

  return {
    place,
    /** Whether the partition must get no more records for now. */
    isOverBudget,
    /** Whether a batch is being retried; no fetch is accepted meanwhile. */
    isBlocked: () => blocked,
    /** Makes the next fetch start where the last one ended. */
    resumeAtExpected() {
      if (expected !== undefined) move(expected);
    },

    /**
     * Accepts the records of a fetch, unless records before them are still to come. Returns the offset at
     * which the next fetch must start, or undefined when that has not changed. Must not be called while the
     * worker is blocked.
     */
    offer(fetch: Fetch): number | undefined {
      // The fetch started before the position changed, or before the partition was ours: it has read from
      // elsewhere.
      if (stopping.signal.aborted || fetch.startedAt < movedAt) return undefined;
      // Records before this fetch are missing, and the broker still has them.
      if (expected !== undefined && fetch.fromOffset > expected && oldestOffset() <= expected) {
        // This repeats until the oldest offset is known anew, in case they were deleted. It is reported once.
        if (lastReportedAhead !== expected) onFetchedAhead(fetch.fromOffset, expected);
        lastReportedAhead = expected;
        return expected;
      }
      if (expected !== undefined && fetch.fromOffset < expected) rewind(fetch.fromOffset);
      const segment = fetch.read();
      expected = segment.nextOffset;
      const before = queue.bytes();
      queue.push(segment, performance.now());
      account.hold(queue.bytes() - before);
      pump();
      return expected;
    },

    /** Resolves when there is room for more records, or after `ms`. */
    async waitForRoom(ms: number): Promise<void> {
      roomWaiter = Promise.withResolvers<void>();
      const late = setTimeout(roomWaiter.resolve, ms);
      await roomWaiter.promise;
      clearTimeout(late);
    },

    /** Calls back once: when there is room, or when the partition is lost. */
    onRoom(call: () => void) {
      callOnRoom = call;
    },

    /** Starts no more invokes. Resolves when the invoke in flight has ended and its offset is marked. */
    async stop(): Promise<void> {
      removePartition();
      stopping.abort();
      clearTimeout(timer);
      clearQueue();
      roomWaiter.resolve();
      await running;
    },

    /** The partition now belongs to another consumer: the batch in flight is not committed any more. */
    revoke() {
      owned = false;
      callOnRoom?.();
      void this.stop();
    },
  };
}

/** The offset after a batch. At the end of a fetch it also skips the records that the filters dropped. */
function endOffset({ segment, to }: Slice): number {
  return to === segment.ends.length ? segment.nextOffset : (segment.offsets[to - 1] as number) + 1;
}
