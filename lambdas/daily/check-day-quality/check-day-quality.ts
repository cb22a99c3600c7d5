import { type Limits, type MeasureRange, measureRanges } from '../../shared/wire/limits.ts';
import type { RunReport } from './run-report.ts';

export interface Counts {
  /** Rows of the day that had landed when check-day found the day complete. */
  readonly landedBefore: number;
  /** Rows of the day that have landed by now. */
  readonly landedNow: number;
  /** Records of the published result; 0 when there is none. */
  readonly published: number;
}

/** Work in progress. Its day is not known yet, so some of it may belong to this day. */
export interface Unfinished {
  /** Dropped files that are not ingested. */
  readonly files: number;
  /** Records that wait for a retry. */
  readonly retries: number;
  /** Records of discarded batches (BATCH_FAILED) that are not settled. */
  readonly failedRecords: number;
}

export interface Requirements {
  /** In this many hours of the day, each location must have an observation; 0 requires nothing. */
  readonly minHoursSeen: number;
  readonly limits: Limits;
}

export interface Verdict {
  readonly passed: boolean;
  /** Why the result must not be published. */
  readonly failures: readonly string[];
  /** Facts that a person should know about the result. */
  readonly warnings: readonly string[];
}

/** Compares a run's result with the rows that have landed, and with the allowed ranges of an observation. */
export function checkDayQuality(
  report: RunReport,
  counts: Counts,
  unfinished: Unfinished,
  { minHoursSeen, limits }: Requirements,
): Verdict {
  const { landedBefore, landedNow, published } = counts;
  const { rows, records, superseded, sameValues, otherValues, duplicates } = report;
  const { nullKeys, ranges, locations, incompleteLocations, fewestHoursSeen } = report;
  const accounted = rows + superseded + sameValues + otherValues;
  const failures = [
    // The run may or may not include rows that landed while the job ran.
    records < landedBefore && `The run has ${records} rows, but ${landedBefore} had landed before it`,
    records > landedNow && `The run has ${records} rows, but only ${landedNow} have landed`,
    // Rows of versions that were replaced stay in the lake, so not even a replacement makes records fewer.
    records < published && `The run has ${records} rows, fewer than the ${published} of the published result`,
    accounted !== records &&
      `The run read ${records} rows and accounts for ${accounted}: ${rows} count, ${superseded} are of replaced ` +
        `versions of files, ${sameValues + otherValues} are repeated`,
    nullKeys > 0 && `${nullKeys} rows have no location`,
    fewestHoursSeen < minHoursSeen &&
      `A location has observations in ${fewestHoursSeen} hours, fewer than ${minHoursSeen}`,
    ...Object.entries(measureRanges(limits)).map(([measure, range]) =>
      outOfRange(measure, ranges[measure], range),
    ),
  ].filter((failure) => failure !== false);
  const warnings = [
    duplicates > 0 && `${duplicates} rows had landed twice and are counted once`,
    superseded > 0 && `${superseded} rows are of versions of files that do not count`,
    sameValues > 0 && `${sameValues} rows repeat a location and time with the same values: counted once`,
    otherValues > 0 &&
      `${otherValues} rows have other values than a newer row of their location and time: the newest counts`,
    incompleteLocations > 0 &&
      `${incompleteLocations} of ${locations} locations have no observation in some hours ` +
        `(the fewest: ${fewestHoursSeen} of 24 hours)`,
    ...describe(unfinished),
  ].filter((warning) => warning !== false);
  return { passed: failures.length === 0, failures, warnings };
}

const describe = ({ files, retries, failedRecords }: Unfinished) => [
  files > 0 && `${files} dropped files are not ingested yet: more rows of this day may follow`,
  retries > 0 && `${retries} records of any day wait for a retry`,
  failedRecords > 0 &&
    `${failedRecords} records of any day are in discarded batches: see errors of type BATCH_FAILED`,
];

function outOfRange(
  measure: string,
  found: MeasureRange | null | undefined,
  allowed: MeasureRange,
): string | false {
  if (found === null) return false;
  if (found === undefined) return `The report has no range of ${measure}`;
  const fits = found.min >= allowed.min && found.max <= allowed.max;
  return (
    !fits && `${measure} is from ${found.min} to ${found.max}, allowed is ${allowed.min} to ${allowed.max}`
  );
}
