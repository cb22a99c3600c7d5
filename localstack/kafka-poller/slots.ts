export type Slots = ReturnType<typeof createSlots>;
export type Release = () => void;

/** How often the number of slots follows the demand. */
const STEP_MS = 250;

/**
 * The concurrent invokes of one mapping. They start at `min`, double while partitions wait for one, up to `max`,
 * and fall back one by one when they are not needed.
 */
export function createSlots({ min, max }: { min: number; max: number }) {
  let limit = min;
  let used = 0;
  let waiting: (() => void)[] = [];

  const grant = () => {
    while (used < limit) {
      const next = waiting.shift();
      if (!next) return;
      used++;
      next();
    }
  };
  const step = () => {
    if (waiting.length > 0) limit = Math.min(limit * 2, max);
    else if (used < limit) limit = Math.max(limit - 1, min);
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
          resolve(() => {
            used--;
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
