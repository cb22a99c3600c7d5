/** A run of the daily job, by the folders it wrote. */
export interface Run {
  readonly day: string;
  readonly runId: string;
}

export interface Ports {
  /** The runs that have left files of the day. */
  readonly runsOf: (day: string) => Promise<string[]>;
  /** Notes which runs of the day do not count, from now on unless that was noted before, and that `published` does. */
  readonly noteReplaced: (published: Run, others: readonly string[]) => Promise<void>;
  /** Runs of any day that have not counted since before then. */
  readonly replacedBefore: (ms: number) => Promise<Run[]>;
  /** Returns how many there were. */
  readonly removeFiles: (run: Run) => Promise<number>;
  readonly forget: (run: Run) => Promise<void>;
  readonly now: () => number;
}

/** Far longer than any query reads: Athena ends one after half an hour, or four if asked to. */
const graceMs = 24 * 60 * 60 * 1000;

/**
 * Removes the files of runs that have been replaced, a day after that was noted. Called when the catalog points at `published`: whoever
 * reads another run by then began before.
 */
export async function forgetRuns(published: Run, ports: Ports) {
  const runs = await ports.runsOf(published.day);
  await ports.noteReplaced(
    published,
    runs.filter((runId) => runId !== published.runId),
  );
  let files = 0;
  const replaced = await ports.replacedBefore(ports.now() - graceMs);
  for (const run of replaced) {
    files += await ports.removeFiles(run);
    await ports.forget(run);
  }
  return { runs: replaced.length, files };
}
