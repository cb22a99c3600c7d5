import { type MeasureRange, measureRanges } from '../../shared/wire/observation.ts';
import type { RunReport } from './run-report.ts';

export interface Counts {
  /** Rows of the day that had landed when the day was found complete, and now. */
  readonly landedBefore: number;
  readonly landedNow: number;
  /** Rows of the result that counts today; 0 when there is none. */
  readonly published: number;
}

/** What is on its way, and of days that are not known yet: some of it may be of this one. */
export interface Unfinished {
  /** Dropped files that are not ingested. */
  readonly files: number;
  /** Records that are to be tried again. */
  readonly retries: number;
  /** Records of batches that were given up (BATCH_FAILED), and that nobody has settled. */
  readonly failedRecords: number;
}

export interface Demands {
  /** Hours of the day in which each location must have been seen; 0 demands nothing. */
  readonly leastHoursSeen: number;
}

export interface Verdict {
  readonly passed: boolean;
  /** Why the result must not be published; then, what a person should know of it. */
  readonly failures: readonly string[];
  readonly warnings: readonly string[];
}

/** Holds a run's result against what the ledger says has landed, and against what an observation may be. */
export function judgeDay(
  report: RunReport,
  counts: Counts,
  unfinished: Unfinished,
  { leastHoursSeen }: Demands,
): Verdict {
  const { landedBefore, landedNow, published } = counts;
  const { rows, duplicates, nullKeys, ranges, locations, incompleteLocations, fewestHoursSeen } = report;
  const failures = [
    // Rows that landed while the job ran may be in it or not.
    rows < landedBefore && `The run has ${rows} rows, and ${landedBefore} had landed before it`,
    rows > landedNow && `The run has ${rows} rows, and only ${landedNow} have landed`,
    rows < published && `The run has ${rows} rows, fewer than the ${published} of the published result`,
    nullKeys > 0 && `${nullKeys} rows have no location`,
    fewestHoursSeen < leastHoursSeen &&
      `A location was seen in ${fewestHoursSeen} hours, fewer than ${leastHoursSeen}`,
    ...Object.entries(measureRanges).map(([measure, range]) => outOfRange(measure, ranges[measure], range)),
  ].filter((failure) => failure !== false);
  const warnings = [
    duplicates > 0 && `${duplicates} rows had landed twice and count once`,
    incompleteLocations > 0 &&
      `${incompleteLocations} of ${locations} locations lack observations in some hours (the fewest: ${fewestHoursSeen} of 24)`,
    ...describe(unfinished),
  ].filter((warning) => warning !== false);
  return { passed: failures.length === 0, failures, warnings };
}

const describe = ({ files, retries, failedRecords }: Unfinished) => [
  files > 0 && `${files} dropped files are not ingested yet: rows of this day may follow`,
  retries > 0 && `${retries} records of any day wait to be tried again`,
  failedRecords > 0 &&
    `${failedRecords} records of any day are in batches that were given up: see errors of type BATCH_FAILED`,
];

function outOfRange(measure: string, found: MeasureRange | undefined, allowed: MeasureRange): string | false {
  if (found === undefined) return `The report says nothing of ${measure}`;
  const fits = found.min >= allowed.min && found.max <= allowed.max;
  return (
    !fits && `${measure} is from ${found.min} to ${found.max}, allowed is ${allowed.min} to ${allowed.max}`
  );
}
