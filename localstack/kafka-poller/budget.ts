export type Budget = ReturnType<typeof createBudget>;
export type Account = ReturnType<Budget['open']>;
/** What waits for its next invoke, in bytes; and how to have it go now. */
type Waiting = { bytes: () => number; relieve: () => void };

/** Where memory is short, a partition never gets less to wait, or batches would become too small; it never gets more than two full
 * events need. */
const LEAST_WAITING = 256 * 1024;
const MOST_WAITING = 12 * 1024 * 1024;
const LEAST_FETCHED = 128 * 1024;
const MOST_FETCHED = 4 * 1024 * 1024;
const LEAST_ASKED = 16 * 1024;
/** Producers make no larger batches unless they are told to, and a broker never gives less than a batch. */
const USUAL_BATCH = 1024 * 1024;
/** What a mapping may hold however much the others do: a slow function is no reason for others to wait. */
const LEAST_HELD = 256 * 1024;
/** How long a fetch may wait; its consumer heartbeats in between. */
const FETCH_PATIENCE_MS = 2_000;

/**
 * Shares this process's memory for records out among its mappings.
 *
 * `textBytes` are for texts, held from a fetch to the end of an invoke; during a backoff they are not
 * counted, so that functions that fail keep nothing from the others. `fetchBytes` are for what comes from
 * brokers, until it is text: each fetch books what the one before it from the same broker brought, and they
 * take turns. After one that found nothing the next books nothing, so that mappings with nothing to do keep
 * nothing from the others.
 */
export function createBudget({ textBytes, fetchBytes }: { textBytes: number; fetchBytes: number }) {
  let held = 0;
  let booked = 0;
  const partitions = new Set<Waiting>();
  let waiting: {
    owner: object;
    expected: number;
    hasRoom: () => boolean;
    settle: (admitted: boolean) => void;
  }[] = [];
  const busy = new Map<object, number>();

  /**
   * Bytes that one partition may keep waiting for its next invoke: a full batch and more while there is
   * memory, so that its size and its window decide; a fair share of half of it while there is not.
   */
  const share = () => {
    const waitingBytes = [...partitions].map(({ bytes }) => bytes()).filter((bytes) => bytes > 0);
    const all = waitingBytes.reduce((sum, bytes) => sum + bytes, 0);
    if (all < textBytes / 2) return MOST_WAITING;
    return Math.min(MOST_WAITING, Math.max(LEAST_WAITING, textBytes / 2 / waitingBytes.length));
  };
  /** What waits for its window elsewhere has to go, once others need the memory. */
  const relieve = () => {
    const most = share();
    if (most === MOST_WAITING) return;
    for (const { bytes, relieve } of partitions) if (bytes() >= most) queueMicrotask(relieve);
  };

  const fits = (bytes: number) => bytes === 0 || booked === 0 || booked + bytes <= fetchBytes;
  /** In the order of their coming; only those whose mapping holds too much are passed over. */
  const admit = () => {
    let isFull = false;
    for (const one of [...waiting]) {
      if (!one.hasRoom()) continue;
      isFull ||= !fits(one.expected);
      if (!isFull || one.expected === 0) one.settle(true);
    }
  };

  return {
    open() {
      const self = {};
      let own = 0;
      let closed = false;
      const brokers = new Map<number, { booked: number; asked: number; brought: number }>();
      const hasRoom = () => held < textBytes || own < LEAST_HELD;
      const ofBroker = (node: number) => {
        const broker = brokers.get(node) ?? { booked: 0, asked: USUAL_BATCH, brought: USUAL_BATCH };
        brokers.set(node, broker);
        return broker;
      };
      const book = (node: number, bytes: number) => {
        const broker = ofBroker(node);
        const ofMapping = (busy.get(self) ?? 0) + bytes - broker.booked;
        booked += bytes - broker.booked;
        broker.booked = bytes;
        if (ofMapping === 0) busy.delete(self);
        else busy.set(self, ofMapping);
      };
      /**
       * What to ask for, to be given a fair share: compressed batches, or larger ones, come as more than
       * that.
       */
      const ask = ({ asked, brought }: { asked: number; brought: number }) => {
        const share = Math.min(MOST_FETCHED, fetchBytes / 3 / Math.max(1, busy.size));
        const wanted = Math.max(LEAST_FETCHED, share);
        return Math.floor(Math.max(LEAST_ASKED, brought > asked ? (wanted * asked) / brought : wanted));
      };

      return {
        /**
         * Resolves to the bytes to ask this broker for; to 0 when there was no memory for them for a while.
         */
        fetching(node: number): Promise<number> {
          const broker = ofBroker(node);
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
                broker.asked = ask(broker);
                if (expected > 0) book(node, Math.max(expected, broker.asked));
                resolve(broker.asked);
              },
            };
            const late = setTimeout(() => one.settle(false), FETCH_PATIENCE_MS);
            waiting.push(one);
            admit();
          });
        },
        fetched(node: number, bytes: number) {
          if (closed) return;
          book(node, bytes);
          ofBroker(node).brought = bytes;
        },
        /** All that the last fetch from this broker brought is text by now. */
        used(node: number) {
          if (closed) return;
          book(node, 0);
          admit();
        },
        hold(bytes: number) {
          if (closed) return;
          own += bytes;
          held += bytes;
          if (bytes > 0) relieve();
        },
        free(bytes: number) {
          if (closed || bytes === 0) return;
          own -= bytes;
          held -= bytes;
          admit();
        },
        share,
        /** Returns what takes it away again. */
        addPartition(partition: Waiting): () => void {
          partitions.add(partition);
          return () => partitions.delete(partition);
        },
        close() {
          for (const node of brokers.keys()) book(node, 0);
          closed = true;
          held -= own;
          for (const one of waiting.filter(({ owner }) => owner === self)) one.settle(false);
          admit();
        },
      };
    },
  };
}
