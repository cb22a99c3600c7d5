import type { MeasureRange } from '../../shared/wire/limits.ts';

/** The report that glue-scripts/daily_summary.py writes about a run. */
export interface RunReport {
  /** Rows that count. */
  readonly rows: number;
  /** Kafka records of the day: `rows`, `superseded`, `sameValues` and `otherValues` together. */
  readonly records: number;
  /** Rows of versions of files that do not count. */
  readonly superseded: number;
  /** Rows for whose location and time a newer row counts, with the same values. */
  readonly sameValues: number;
  /** The same, with other values. */
  readonly otherValues: number;
  readonly duplicates: number;
  readonly nullKeys: number;
  /** A hash of the rows that does not depend on their order. */
  readonly digest: string;
  /** Null for a measure without any value. */
  readonly ranges: Readonly<Record<string, MeasureRange | null | undefined>>;
  readonly locations: number;
  readonly incompleteLocations: number;
  readonly fewestHoursSeen: number;
  readonly curated: { readonly location: string; readonly files: number; readonly bytes: number };
  readonly summary: { readonly location: string };
  /** Locations of the summary as JSON lines. */
  readonly load: readonly string[];
  /** Locations of what was left out and replaced by file, as JSON lines. */
  readonly files: readonly string[];
}

/** @throws Error that names the field that is missing or wrong */
export function readReport(value: unknown): RunReport {
  const fields = objectOf(value, 'The report');
  const curated = objectOf(fields.curated, 'curated');
  const ranges = Object.entries(objectOf(fields.ranges, 'ranges')).map(([measure, range]) => {
    const { min, max } = objectOf(range, measure);
    const isEmpty = min === null && max === null;
    return [measure, isEmpty ? null : { min: numberOf(min, 'min'), max: numberOf(max, 'max') }];
  });
  return {
    rows: numberOf(fields.rows, 'rows'),
    records: numberOf(fields.records, 'records'),
    superseded: numberOf(fields.superseded, 'superseded'),
    sameValues: numberOf(fields.same_values, 'same_values'),
    otherValues: numberOf(fields.other_values, 'other_values'),
    duplicates: numberOf(fields.duplicates, 'duplicates'),
    nullKeys: numberOf(fields.null_keys, 'null_keys'),
    digest: String(fields.digest),
    ranges: Object.fromEntries(ranges),
    locations: numberOf(fields.locations, 'locations'),
    incompleteLocations: numberOf(fields.incomplete_locations, 'incomplete_locations'),
    fewestHoursSeen: numberOf(fields.fewest_hours_seen, 'fewest_hours_seen'),
    curated: {
      location: String(curated.location),
      files: numberOf(curated.files, 'curated.files'),
      bytes: numberOf(curated.bytes, 'curated.bytes'),
    },
    summary: { location: String(objectOf(fields.summary, 'summary').location) },
    load: listOf(fields.load, 'load'),
    files: listOf(fields.files, 'files'),
  };
}

function objectOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null)
    throw new Error(`${name} is not an object in the report of the run`);
  return value as Record<string, unknown>;
}

function listOf(value: unknown, name: string): string[] {
  if (!Array.isArray(value)) throw new Error(`${name} is not a list in the report of the run`);
  return value.map(String);
}

function numberOf(value: unknown, name: string): number {
  if (typeof value !== 'number') throw new Error(`${name} is not a number in the report of the run`);
  return value;
}
