export type Slots = ReturnType<typeof createSlots>;
export type Release = () => void;

/** How often the limit is adapted to the demand. */
const STEP_MS = 250;
/** An invoke that takes longer waits for something or hangs, so it uses hardly any CPU. */
const QUICK_MS = 1_000;

/**
 * Limits the concurrent invokes of one mapping. The limit starts at `min`, doubles up to `max` while
 * partitions wait, and falls by one at a time when it is not needed. Invokes that take longer than a second
 * do not count towards it, so that a function that hangs on one partition does not delay the other
 * partitions. `maxTotal` bounds quick and slow ones together.
 */
export function createSlots({
  min,
  max,
  maxTotal = Number.POSITIVE_INFINITY,
}: {
  min: number;
  max: number;
  maxTotal?: number;
}) {
  let limit = min;
  const held = new Set<{ since: number }>();
  let waiting: (() => void)[] = [];

  const countQuick = () => {
    const slowBefore = performance.now() - QUICK_MS;
    let count = 0;
    for (const { since } of held) if (since > slowBefore) count++;
    return count;
  };
  const grant = () => {
    while (waiting.length > 0 && held.size < maxTotal && countQuick() < limit) waiting.shift()?.();
  };
  const adapt = () => {
    if (waiting.length > 0) limit = Math.min(limit * 2, max);
    else if (countQuick() < limit) limit = Math.max(limit - 1, min);
    grant();
  };
  const timer = setInterval(adapt, STEP_MS);

  return {
    limit: () => limit,

    /**
     * Waits for a slot. Resolves to the function that frees it, or to undefined if the signal aborts first.
     */
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
