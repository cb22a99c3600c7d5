import { readFileSync } from 'node:fs';
import type { Endpoints } from '../endpoints.ts';
import { openProgress, type ProgressProps } from '../terminal/progress.ts';
import type { PlatformCounts } from '../terminal/state.ts';
import { drain, Stalled } from './drain.ts';
import { type DataFile, openIncoming } from './incoming.ts';
import { openPlatformCounts } from './platform-counts.ts';

/** A run ends after this long without progress, even if work is outstanding. */
const stalledAfterMs = 120_000;

/**
 * Drops the files and waits until each record is processed and each alert has reached Slack.
 * Without progress it shows the outstanding work and returns the counts reached so far.
 */
export async function runOnce(
  options: ProgressProps & { endpoints: Endpoints; files: readonly DataFile[]; signal: AbortSignal },
): Promise<{ counts: PlatformCounts; drainMs: number }> {
  const { endpoints, files, signal } = options;
  const progress = openProgress(options);
  const incoming = openIncoming(endpoints);
  const counter = await openPlatformCounts(endpoints);
  const begun = Date.now();
  try {
    const dropped = await progress.step('Drop files', async (showDetail) => {
      const sources: string[] = [];
      for (const file of files) {
        showDetail(`${sources.length + 1} of ${files.length}`);
        sources.push(await incoming.drop({ name: file.name, content: readFileSync(file.path) }));
      }
      return sources;
    });
    await progress.step('Process every record', (showDetail) =>
      drain(counter, dropped, { showDetail, stalledAfterMs, everyMs: 250, signal }),
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
