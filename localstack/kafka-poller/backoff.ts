import { setTimeout as wait } from 'node:timers/promises';

/**
 * Exponential backoff with jitter: 200 ms, 400 ms, … up to `maxMs`, each multiplied by a random factor of 0.5
 * to 1.
 */
export function backoffMs(failures: number, maxMs = 10_000, random = Math.random): number {
  const ceiling = Math.min(maxMs, 200 * 2 ** Math.min(failures - 1, 20));
  return ceiling * (0.5 + random() / 2);
}

/** Waits. Returns early when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}
