import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoints } from './endpoints.ts';
import { openIncoming } from './incoming.ts';
import { openPlatformCounts, type PlatformCounter } from './platform-counts.ts';
import { openProgress, type ProgressProps } from './terminal/progress.ts';
import type { PlatformCounts } from './terminal/state.ts';

/** Without any progress for this long, a run is over, whatever is still outstanding. */
const stalledAfterMs = 120_000;

/**
 * Drops the files and waits until each of their records has reached its end, its alert in Slack included.
 * When nothing moves any more it says what is outstanding, and returns the counts as they are.
 */
export async function runOnce(
  options: ProgressProps & { endpoints: Endpoints; files: readonly string[]; signal: AbortSignal },
): Promise<{ counts: PlatformCounts; drainMs: number }> {
  const { endpoints, files, signal } = options;
  const progress = openProgress(options);
  const incoming = openIncoming(endpoints);
  const counter = await openPlatformCounts(endpoints);
  const begun = Date.now();
  try {
    const dropped = await progress.step('Drop files', async (tell) => {
      const sources: string[] = [];
      for (const file of files) {
        tell(`${sources.length + 1} of ${files.length}`);
        sources.push(await incoming.drop({ name: path.basename(file), content: readFileSync(file) }));
      }
      return sources;
    });
    await progress.step('Every record to its end', (tell) => drained(counter, dropped, tell, signal));
    return { counts: await counter.read(), drainMs: Date.now() - begun };
  } catch (error) {
    if (!(error instanceof Stalled)) throw error;
    return { counts: await counter.read(), drainMs: Date.now() - begun };
  } finally {
    await counter.close();
    incoming.close();
  }
}

class Stalled extends Error {}

async function drained(
  counter: PlatformCounter,
  dropped: readonly string[],
  tell: (detail: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let before = '';
  let movedAt = Date.now();
  while (true) {
    const outstanding = await counter.outstanding(dropped);
    if (outstanding.length === 0) return;
    tell(outstanding.join(', '));
    if (outstanding.join() !== before) movedAt = Date.now();
    before = outstanding.join();
    if (Date.now() - movedAt > stalledAfterMs)
      throw new Stalled(`nothing has moved for ${stalledAfterMs / 1000} s: ${before}`);
    await delay(250, undefined, { signal });
  }
}
