import { setTimeout as wait } from 'node:timers/promises';

/** Exponential with jitter: between half and the whole of 200 ms, 400 ms, … up to `maxMs`. */
export function backoffMs(failures: number, maxMs = 10_000, random = Math.random): number {
  const ceiling = Math.min(maxMs, 200 * 2 ** Math.min(failures - 1, 20));
  return ceiling * (0.5 + random() / 2);
}

/** Waits, or returns early when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}
