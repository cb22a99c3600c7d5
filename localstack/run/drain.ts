import { setTimeout as delay } from 'node:timers/promises';
import type { PlatformCounter } from './platform-counts.ts';

/** No progress was made although work was outstanding. */
export class Stalled extends Error {}

/**
 * Waits until the dropped files (`<object key>@<ETag>`) are fully processed. Meanwhile `showDetail` gets the
 * outstanding work.
 * @throws Stalled when the outstanding work stays the same for `stalledAfterMs`
 */
export async function drain(
  counter: Pick<PlatformCounter, 'outstanding'>,
  dropped: readonly string[],
  options: {
    showDetail: (detail: string) => void;
    stalledAfterMs: number;
    everyMs: number;
    signal: AbortSignal;
  },
): Promise<void> {
  const { showDetail, stalledAfterMs, everyMs, signal } = options;
  let before = '';
  let movedAt = Date.now();
  while (true) {
    signal.throwIfAborted();
    const now = await counter.outstanding(dropped).then((work) => work.join(', '), unreadable);
    if (now === '') return;
    showDetail(now);
    if (now !== before) movedAt = Date.now();
    before = now;
    if (Date.now() - movedAt >= stalledAfterMs) {
      throw new Stalled(`No progress for ${stalledAfterMs / 1_000} s: ${now}`);
    }
    await delay(everyMs, undefined, { signal });
  }
}

/** A broker or a database may restart: a failed read counts as outstanding work and is repeated. */
const unreadable = (error: unknown): string =>
  `cannot read the counts: ${error instanceof Error ? error.message : error}`;
