import { setTimeout as delay } from 'node:timers/promises';
import type { PlatformCounter } from './platform-counts.ts';

/** Nothing moved any more although something was outstanding. */
export class Stalled extends Error {}

/**
 * Waits until nothing is outstanding of the dropped files (`<object key>@<ETag>`), and tells what still is meanwhile.
 * @throws Stalled when what is outstanding stays the same for `stalledAfterMs`
 */
export async function drain(
  counter: Pick<PlatformCounter, 'outstanding'>,
  dropped: readonly string[],
  options: { tell: (detail: string) => void; stalledAfterMs: number; everyMs: number; signal: AbortSignal },
): Promise<void> {
  const { tell, stalledAfterMs, everyMs, signal } = options;
  let before = '';
  let movedAt = Date.now();
  while (true) {
    signal.throwIfAborted();
    const now = await counter.outstanding(dropped).then((what) => what.join(', '), unreadable);
    if (now === '') return;
    tell(now);
    if (now !== before) movedAt = Date.now();
    before = now;
    if (Date.now() - movedAt >= stalledAfterMs) {
      throw new Stalled(`nothing has moved for ${stalledAfterMs / 1_000} s: ${now}`);
    }
    await delay(everyMs, undefined, { signal });
  }
}

/** Brokers and databases come back: what cannot be read now is outstanding, and is looked at again. */
const unreadable = (error: unknown): string =>
  `not to be read: ${error instanceof Error ? error.message : error}`;
