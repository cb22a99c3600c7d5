/** A run of the daily job, identified by the folders it wrote. */
export interface Run {
  readonly day: string;
  readonly runId: string;
}

export interface Ports {
  /** The runs that have files of this day in the lake. */
  readonly runsOf: (day: string) => Promise<string[]>;
  /** The runs to which the catalog's partitions of this day point. */
  readonly runsInCatalog: (day: string) => Promise<string[]>;
  /**
   * Records these runs as superseded, with the current time for a run that is new in the table. Removes the
   * published run and the runs in the catalog from the table.
   */
  readonly recordSuperseded: (
    day: string,
    runs: readonly string[],
    inCatalog: readonly string[],
  ) => Promise<void>;
  /** The runs, of any day, that were recorded as superseded before this time. */
  readonly supersededBefore: (ms: number) => Promise<Run[]>;
  /** Removes the run's files and returns how many there were. */
  readonly removeFiles: (run: Run) => Promise<number>;
  /** Removes the run from the table of superseded runs. */
  readonly deleteRecord: (run: Run) => Promise<void>;
  readonly now: () => number;
}

/** Longer than any query runs: Athena ends a query after 30 minutes, or 4 hours if the quota was raised. */
const graceMs = 24 * 60 * 60 * 1000;

/**
 * Removes the files of runs that were superseded more than a day ago.
 * Call it after the catalog points to the published run: a query that still reads another run has then
 * started already. A run to which the catalog still points keeps its files.
 */
export async function expireSupersededRuns(day: string, ports: Ports) {
  await ports.recordSuperseded(day, await ports.runsOf(day), await ports.runsInCatalog(day));
  let runs = 0;
  let files = 0;
  for (const run of await ports.supersededBefore(ports.now() - graceMs)) {
    if ((await ports.runsInCatalog(run.day)).includes(run.runId)) continue;
    files += await ports.removeFiles(run);
    await ports.deleteRecord(run);
    runs++;
  }
  return { runs, files };
}
