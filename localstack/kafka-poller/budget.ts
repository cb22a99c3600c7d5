export type Budget = ReturnType<typeof createBudget>;
export type Account = ReturnType<Budget['open']>;
/** The records of one partition that wait for their next invoke. */
type Waiting = { bytes: () => number; deliverNow: () => void };

/**
 * A partition may always keep this much waiting, however scarce memory is: smaller batches would be
 * inefficient.
 */
const MIN_WAITING_BYTES = 256 * 1024;
/** Enough for two events of the largest size. */
const MAX_WAITING_BYTES = 12 * 1024 * 1024;
const MIN_FETCH_BYTES = 128 * 1024;
const MAX_FETCH_BYTES = 4 * 1024 * 1024;
const MIN_REQUEST_BYTES = 16 * 1024;
/** The default limit for a producer's batch. A broker always returns at least one batch. */
const USUAL_BATCH_BYTES = 1024 * 1024;
/** A mapping may always hold this much text, so that a slow function of another mapping does not stop it. */
const MIN_HELD_BYTES = 256 * 1024;
/** How long a fetch may wait for memory. Its consumer sends heartbeats between fetches. */
const FETCH_PATIENCE_MS = 2_000;

/**
 * Shares the memory for records among all mappings, so that the process stays small however large the backlog
 * is. There are two limits:
 *
 * - `textBytes`: the JSON texts of records, counted from the fetch to the end of their invoke. The texts of a
 *   batch that is being retried are not counted, so that failing functions take no memory from others.
 * - `fetchBytes`: fetch responses until they are text. Each fetch reserves as many bytes as the fetch before
 *   it from the same broker returned, and waits for its turn. A fetch after an empty one reserves nothing, so
 *   idle mappings cost nothing.
 */
export function createBudget({ textBytes, fetchBytes }: { textBytes: number; fetchBytes: number }) {
  let held = 0;
  let reserved = 0;
  const partitions = new Set<Waiting>();
  let waiting: {
    owner: object;
    expected: number;
    hasRoom: () => boolean;
    settle: (admitted: boolean) => void;
  }[] = [];
  const reservedByMapping = new Map<object, number>();

  /**
   * The bytes that one partition may keep waiting for its next invoke. While there is memory, that is enough
   * for its batch size and window to decide. Otherwise partitions get equal shares of half the memory.
   */
  const partitionShare = () => {
    const waitingBytes = [...partitions].map(({ bytes }) => bytes()).filter((bytes) => bytes > 0);
    const all = waitingBytes.reduce((sum, bytes) => sum + bytes, 0);
    if (all < textBytes / 2) return MAX_WAITING_BYTES;
    return Math.min(MAX_WAITING_BYTES, Math.max(MIN_WAITING_BYTES, textBytes / 2 / waitingBytes.length));
  };
  /** When memory is scarce, delivers the batches that only wait for their window. */
  const deliverLargest = () => {
    const share = partitionShare();
    if (share === MAX_WAITING_BYTES) return;
    for (const { bytes, deliverNow } of partitions) if (bytes() >= share) queueMicrotask(deliverNow);
  };

  const fits = (bytes: number) => bytes === 0 || reserved === 0 || reserved + bytes <= fetchBytes;
  /** Admits fetches in order of arrival. A fetch whose mapping holds too much text is passed over. */
  const admit = () => {
    let isFull = false;
    for (const one of [...waiting]) {
      if (!one.hasRoom()) continue;
      isFull ||= !fits(one.expected);
      if (!isFull || one.expected === 0) one.settle(true);
    }
  };

  return {
    /** Opens the account of one mapping. */
    open() {
      const self = {};
      let own = 0;
      let closed = false;
      const brokers = new Map<number, { reserved: number; asked: number; brought: number }>();
      const hasRoom = () => held < textBytes || own < MIN_HELD_BYTES;
      const brokerOf = (node: number) => {
        const broker = brokers.get(node) ?? {
          reserved: 0,
          asked: USUAL_BATCH_BYTES,
          brought: USUAL_BATCH_BYTES,
        };
        brokers.set(node, broker);
        return broker;
      };
      const setReserved = (node: number, bytes: number) => {
        const broker = brokerOf(node);
        const ofMapping = (reservedByMapping.get(self) ?? 0) + bytes - broker.reserved;
        reserved += bytes - broker.reserved;
        broker.reserved = bytes;
        if (ofMapping === 0) reservedByMapping.delete(self);
        else reservedByMapping.set(self, ofMapping);
      };
      /**
       * The bytes to ask for, to get a fair share: compressed batches and large ones return more than was
       * asked for.
       */
      const bytesToAsk = ({ asked, brought }: { asked: number; brought: number }) => {
        const share = Math.min(MAX_FETCH_BYTES, fetchBytes / 3 / Math.max(1, reservedByMapping.size));
        const wanted = Math.max(MIN_FETCH_BYTES, share);
        return Math.floor(Math.max(MIN_REQUEST_BYTES, brought > asked ? (wanted * asked) / brought : wanted));
      };

      return {
        /**
         * Waits for memory. Resolves to the bytes to ask this broker for, or to 0 when there was no memory in
         * time.
         */
        reserve(node: number): Promise<number> {
          const broker = brokerOf(node);
          const expected = broker.brought;
          return new Promise((resolve) => {
            const one = {
              owner: self,
              expected,
              hasRoom,
              settle(admitted: boolean) {
                clearTimeout(late);
                waiting = waiting.filter((other) => other !== one);
                if (!admitted || closed) return resolve(0);
                broker.asked = bytesToAsk(broker);
                if (expected > 0) setReserved(node, Math.max(expected, broker.asked));
                resolve(broker.asked);
              },
            };
            const late = setTimeout(() => one.settle(false), FETCH_PATIENCE_MS);
            waiting.push(one);
            admit();
          });
        },
        /** A fetch from this broker returned that many bytes. */
        received(node: number, bytes: number) {
          if (closed) return;
          setReserved(node, bytes);
          brokerOf(node).brought = bytes;
        },
        /** The last response of this broker is text by now, or there is none: frees its reservation. */
        release(node: number) {
          if (closed) return;
          setReserved(node, 0);
          admit();
        },
        /** Counts texts that were made. */
        hold(bytes: number) {
          if (closed) return;
          own += bytes;
          held += bytes;
          if (bytes > 0) deliverLargest();
        },
        /** Counts texts that are no longer kept. */
        free(bytes: number) {
          if (closed || bytes === 0) return;
          own -= bytes;
          held -= bytes;
          admit();
        },
        partitionShare,
        /** Returns the function that removes the partition again. */
        addPartition(partition: Waiting): () => void {
          partitions.add(partition);
          return () => partitions.delete(partition);
        },
        close() {
          for (const node of brokers.keys()) setReserved(node, 0);
          closed = true;
          held -= own;
          for (const one of waiting.filter(({ owner }) => owner === self)) one.settle(false);
          admit();
        },
      };
    },
  };
}
