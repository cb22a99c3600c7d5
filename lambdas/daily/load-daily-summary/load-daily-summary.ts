export interface Run {
  readonly day: string;
  readonly runId: string;
  /** `superseded_on` the day when the run was checked. */
  readonly superseded: string;
  readonly report: {
    /** Rows that count. */
    readonly rows: number;
    /** Kafka records that were read. */
    readonly records: number;
    readonly digest: string;
    /** Locations of the summary. */
    readonly load: readonly string[];
    /** Locations of what was left out and replaced, by file. */
    readonly files: readonly string[];
  };
}

/** A row of `day_files` as the job wrote it. */
interface FileOfDay {
  readonly source: string;
  readonly same_values: number;
  readonly other_values: number;
  /** Null if it replaced no other version. */
  readonly rows_added: number | null;
  readonly rows_removed: number | null;
  readonly rows_changed: number | null;
}

/** A row of the summary as the job wrote it. Its fields have the names of the table's columns. */
export interface SummaryRow {
  readonly location: string;
  readonly observations: number;
  readonly [figure: string]: unknown;
}

export interface Published {
  readonly revision: number;
  readonly runId: string;
  readonly digest: string;
  readonly rows: number;
  readonly records: number;
  /** `superseded_on` the day when its run was checked. */
  readonly superseded: string;
  readonly changes: readonly string[];
  /** Whether the tables of the lake show this result. */
  readonly inCatalog: boolean;
}

/** A location whose row differs. A count is null on the side without a row. */
export interface Difference {
  readonly location: string;
  readonly before: number | null;
  readonly after: number | null;
}

/** All ports act in one transaction. */
export interface Ports {
  readonly readLines: (location: string) => Promise<string[]>;
  /** Locks the day against other loads and publications, and returns the published result. */
  readonly lockDay: (day: string) => Promise<Published | undefined>;
  readonly compare: (day: string, rows: readonly SummaryRow[]) => Promise<Difference[]>;
  /** Replaces the rows of these locations. */
  readonly replace: (
    day: string,
    revision: number,
    rows: readonly SummaryRow[],
    locations: readonly string[],
  ) => Promise<void>;
  /** `superseded_on` the day by now. */
  readonly superseded: (day: string) => Promise<string>;
  /** Stores what was left out and replaced. Returns a sentence for each version that newly replaced one. */
  readonly replaceFiles: (day: string, files: readonly FileOfDay[]) => Promise<string[]>;
  /** Stores that a run with the published result read these records and versions. */
  readonly confirm: (day: string, run: Pick<Published, 'records' | 'superseded'>) => Promise<void>;
  /** Makes this the published result, which the catalog does not show yet. */
  readonly publish: (day: string, published: Omit<Published, 'inCatalog'>) => Promise<void>;
}

export interface Loaded {
  readonly revision: number;
  /** Whether the tables of the lake do not show this result yet. */
  readonly isNew: boolean;
  /** In words; includes the changes of earlier revisions that the tables never showed. */
  readonly changes: readonly string[];
}

const changesShown = 10;
/** Limits the changes that pile up while the tables lag, night after night. */
const pendingShown = 24;

/**
 * Replaces the day's rows by those of the run.
 * - A run with the same result changes nothing, not even the revision. It returns the changes that the tables
 *   do not show.
 * - A run that is loaded again, because its answer was lost, returns the same answer.
 *
 * @throws Error when the published result was built from more records, or from newer versions of files
 */
export async function loadDailySummary(run: Run, ports: Ports): Promise<Loaded> {
  const { day, runId, report, superseded } = run;
  const files = await Promise.all(report.load.map(ports.readLines));
  const rows = files.flat().map(readRow);
  const filesOfDay = await Promise.all(report.files.map(ports.readLines));
  const before = await ports.lockDay(day);
  // Another run, with more records, may have been loaded since this run was checked.
  if (before && report.records < before.records)
    throw new Error(
      `The run has ${report.records} rows, fewer than the ${before.records} of the published result`,
    );
  if (before?.runId === runId) return resultOf(before, true);
  const current = await ports.superseded(day);
  if (before && before.superseded === current && superseded !== current)
    throw new Error('A file was replaced after the run began, and the published result knows it already');
  const replaced = await ports.replaceFiles(
    day,
    filesOfDay.flat().map((line) => JSON.parse(line) as FileOfDay),
  );
  const differences = await ports.compare(day, rows);
  if (before && before.digest === report.digest && differences.length === 0) {
    await ports.confirm(day, { records: report.records, superseded });
    return resultOf(before, !before.inCatalog);
  }

  const pending = before && !before.inCatalog ? before.changes : [];
  const changes = before ? [...replaced, ...describe(before.rows, report.rows, differences)] : [];
  const after = {
    revision: (before?.revision ?? 0) + 1,
    runId,
    digest: report.digest,
    rows: report.rows,
    records: report.records,
    superseded,
    changes: [...pending, ...changes].slice(-pendingShown),
  };
  await ports.replace(
    day,
    after.revision,
    rows,
    differences.map(({ location }) => location),
  );
  await ports.publish(day, after);
  return resultOf(after, true);
}

const resultOf = ({ revision, changes }: Omit<Published, 'inCatalog'>, isNew: boolean): Loaded => ({
  revision,
  isNew,
  changes,
});

function describe(rowsBefore: number, rowsAfter: number, differences: readonly Difference[]): string[] {
  const lines = differences.slice(0, changesShown).map(({ location, before, after }) => {
    if (before === null) return `${location}: new, ${after} observations`;
    if (after === null) return `${location}: gone, had ${before} observations`;
    return before === after ? `${location}: other values` : `${location}: ${before} → ${after} observations`;
  });
  const more = differences.length - changesShown;
  return [`${rowsBefore} → ${rowsAfter} rows`, ...lines, ...(more > 0 ? [`and ${more} more locations`] : [])];
}

function readRow(line: string): SummaryRow {
  const row: unknown = JSON.parse(line);
  if (typeof row !== 'object' || row === null) throw new Error('A line of the summary is not an object');
  const { location, observations } = row as Record<string, unknown>;
  if (typeof location !== 'string' || typeof observations !== 'number')
    throw new Error('A line of the summary has no location or no number of observations');
  return { ...row, location, observations };
}
