/** A run of the daily job, by the folders it wrote. */
export interface Run {
  readonly day: string;
  readonly runId: string;
}

export interface Ports {
  /** The runs that have left files of the day. */
  readonly runsOf: (day: string) => Promise<string[]>;
  /** The runs of the day that a table of the catalog points at. */
  readonly runsInCatalog: (day: string) => Promise<string[]>;
  /** Notes which runs of the day do not count, from now on unless that was noted before: neither the one that was published nor these. */
  readonly noteReplaced: (
    day: string,
    runs: readonly string[],
    inCatalog: readonly string[],
  ) => Promise<void>;
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
 * Removes the files of runs that have been replaced, a day after that was noted. Called when the catalog points at what counts: whoever
 * reads another run by then began before. A run that the catalog points at all the same, of this day or another, stays.
 */
export async function forgetRuns(day: string, ports: Ports) {
  await ports.noteReplaced(day, await ports.runsOf(day), await ports.runsInCatalog(day));
  let runs = 0;
  let files = 0;
  for (const run of await ports.replacedBefore(ports.now() - graceMs)) {
    if ((await ports.runsInCatalog(run.day)).includes(run.runId)) continue;
    files += await ports.removeFiles(run);
    await ports.forget(run);
    runs++;
  }
  return { runs, files };
}
