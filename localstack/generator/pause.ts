import { setTimeout as delay } from 'node:timers/promises';

/** Waits, and returns early when the signal aborts. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
