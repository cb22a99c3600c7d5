export type Slots = ReturnType<typeof createSlots>;
export type Release = () => void;

/** How often the number of slots follows the demand. */
const STEP_MS = 250;
/** An invoke that takes longer waits for something, or hangs: it does not keep the processor from others. */
const QUICK_MS = 1_000;

/**
 * The concurrent invokes of one mapping. Their limit starts at `min`, doubles while partitions wait for one,
 * up to `max`, and falls back one by one when they are not needed. Slow invokes do not count, so that a
 * partition whose function hangs takes no turn from the others; there are never more than `most` of both.
 */
export function createSlots({
  min,
  max,
  most = Number.POSITIVE_INFINITY,
}: {
  min: number;
  max: number;
  most?: number;
}) {
  let limit = min;
  const held = new Set<{ since: number }>();
  let waiting: (() => void)[] = [];

  const quick = () => {
    const slowBefore = performance.now() - QUICK_MS;
    let count = 0;
    for (const { since } of held) if (since > slowBefore) count++;
    return count;
  };
  const grant = () => {
    while (waiting.length > 0 && held.size < most && quick() < limit) waiting.shift()?.();
  };
  const step = () => {
    if (waiting.length > 0) limit = Math.min(limit * 2, max);
    else if (quick() < limit) limit = Math.max(limit - 1, min);
    grant();
  };
  const timer = setInterval(step, STEP_MS);

  return {
    limit: () => limit,

    /** Resolves to the function that gives the slot back, or to undefined if the signal aborts first. */
    acquire(signal: AbortSignal): Promise<Release | undefined> {
      return new Promise((resolve) => {
        if (signal.aborted) return resolve(undefined);
        const abort = () => {
          waiting = waiting.filter((one) => one !== admit);
          resolve(undefined);
        };
        const admit = () => {
          signal.removeEventListener('abort', abort);
          const slot = { since: performance.now() };
          held.add(slot);
          resolve(() => {
            held.delete(slot);
            grant();
          });
        };
        signal.addEventListener('abort', abort, { once: true });
        waiting.push(admit);
        grant();
      });
    },

    close: () => clearInterval(timer),
  };
}
