import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Endpoints } from '../endpoints.ts';
import { openProgress, type ProgressProps } from '../terminal/progress.ts';
import type { PlatformCounts } from '../terminal/state.ts';
import { drain, Stalled } from './drain.ts';
import { openIncoming } from './incoming.ts';
import { openPlatformCounts } from './platform-counts.ts';

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
    await progress.step('Every record to its end', (tell) =>
      drain(counter, dropped, { tell, stalledAfterMs, everyMs: 250, signal }),
    );
    return { counts: await counter.read(), drainMs: Date.now() - begun };
  } catch (error) {
    if (!(error instanceof Stalled)) throw error;
    return { counts: await counter.read(), drainMs: Date.now() - begun };
  } finally {
    await counter.close();
    incoming.close();
  }
}
