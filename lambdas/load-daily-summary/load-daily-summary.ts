import { publishedTables } from '../shared/published-tables.ts';

export interface Run {
  readonly day: string;
  readonly runId: string;
  readonly report: { readonly rows: number; readonly digest: string; readonly load: readonly string[] };
}

/** A row of the summary as the job wrote it, under the names of the table's columns. */
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
  readonly changes: readonly string[];
}

/** A location whose row differs; a count is null on the side that has no row. */
export interface Difference {
  readonly location: string;
  readonly before: number | null;
  readonly after: number | null;
}

/** All within one transaction. */
export interface Ports {
  readonly readLines: (location: string) => Promise<string[]>;
  /** Waits for any other load of the day, and returns what counts today. */
  readonly lockDay: (day: string) => Promise<Published | undefined>;
  readonly compare: (day: string, rows: readonly SummaryRow[]) => Promise<Difference[]>;
  /** Replaces the rows of these locations. */
  readonly replace: (
    day: string,
    revision: number,
    rows: readonly SummaryRow[],
    locations: readonly string[],
  ) => Promise<void>;
  readonly publish: (day: string, published: Published) => Promise<void>;
}

export interface Loaded {
  readonly revision: number;
  /** Whether this run is what counts now: not when it found nothing new. */
  readonly isNew: boolean;
  /** The run whose files readers are to see. */
  readonly runId: string;
  readonly changes: readonly string[];
  /** Where the day's partition of each table is to lie. */
  readonly partitions: readonly { readonly table: string; readonly prefix: string }[];
}

const changesShown = 10;

/**
 * Makes the day's rows those of the run. A run that found what is there already changes nothing, not even the revision; one that is
 * loaded again, since its answer was lost, answers as before.
 */
export async function loadDailySummary({ day, runId, report }: Run, ports: Ports): Promise<Loaded> {
  const files = await Promise.all(report.load.map(ports.readLines));
  const rows = files.flat().map(readRow);
  const before = await ports.lockDay(day);
  // A run that saw more may have been loaded since this one was judged.
  if (before && report.rows < before.rows)
    throw new Error(`The run has ${report.rows} rows, fewer than the ${before.rows} of the published result`);
  if (before?.runId === runId) return { ...resultOf(day, before), isNew: true };
  const differences = await ports.compare(day, rows);
  if (before && before.digest === report.digest && differences.length === 0)
    return { ...resultOf(day, before), isNew: false };

  const after: Published = {
    revision: (before?.revision ?? 0) + 1,
    runId,
    digest: report.digest,
    rows: report.rows,
    changes: before ? describe(before.rows, report.rows, differences) : [],
  };
  await ports.replace(
    day,
    after.revision,
    rows,
    differences.map(({ location }) => location),
  );
  await ports.publish(day, after);
  return { ...resultOf(day, after), isNew: true };
}

const resultOf = (day: string, { revision, runId, changes }: Published) => ({
  revision,
  runId,
  changes,
  partitions: Object.entries(publishedTables).map(([table, prefix]) => {
    return { table, prefix: `${prefix}event_date=${day}/run=${runId}/` };
  }),
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
  if (typeof row !== 'object' || row === null) throw new Error('A line of the summary is no object');
  const { location, observations } = row as Record<string, unknown>;
  if (typeof location !== 'string' || typeof observations !== 'number')
    throw new Error('A line of the summary has no location or no number of observations');
  return { ...row, location, observations };
}
