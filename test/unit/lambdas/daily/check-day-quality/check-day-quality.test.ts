import { expect, test } from '@jest/globals';
import { checkDayQuality } from '../../../../../lambdas/daily/check-day-quality/check-day-quality.ts';
import { readReport } from '../../../../../lambdas/daily/check-day-quality/run-report.ts';
import { plausible } from '../../../../../lambdas/shared/wire/limits.ts';

const written = {
  rows: 100,
  records: 100,
  superseded: 0,
  same_values: 0,
  other_values: 0,
  duplicates: 0,
  null_keys: 0,
  digest: '-17',
  ranges: {
    temperature_c: { min: -10, max: 35 },
    humidity_pct: { min: 0, max: 100 },
    precipitation_mm: { min: 0, max: 3 },
    wind_speed_kmh: { min: 0, max: 50 },
  },
  locations: 3,
  incomplete_locations: 0,
  fewest_hours_seen: 24,
  curated: { location: 's3://lake/curated/', files: 1, bytes: 9 },
  summary: { location: 's3://lake/daily/' },
  load: ['s3://lake/daily/loads/part-0.json'],
  files: [],
};
const counts = { landedBefore: 100, landedNow: 100, published: 0 };
const finished = { files: 0, retries: 0, failedRecords: 0 };
const nothingRequired = { minHoursSeen: 0, limits: plausible };
const check = (report: object, different = {}, requirements = nothingRequired) =>
  checkDayQuality(readReport({ ...written, ...report }), { ...counts, ...different }, finished, requirements);

test('a run with all landed rows passes', () => {
  expect(check({})).toEqual({ passed: true, failures: [], warnings: [] });
});

test('a run may include or lack rows that landed while the job ran', () => {
  for (const rows of [100, 103, 105])
    expect(check({ rows, records: rows }, { landedNow: 105 }).passed).toBe(true);
});

test.each([
  ['has 99 rows, but 100 had landed', { rows: 99, records: 99 }, {}],
  ['has 101 rows, but only 100 have landed', { rows: 101, records: 101 }, {}],
  ['read 100 rows and accounts for 99', { rows: 90, superseded: 5, same_values: 3, other_values: 1 }, {}],
  ['fewer than the 120 of the published result', {}, { published: 120 }],
  ['2 rows have no location', { null_keys: 2 }, {}],
  ['humidity_pct is from -1 to 4', { ranges: { ...written.ranges, humidity_pct: { min: -1, max: 4 } } }, {}],
  ['has no range of wind_speed_kmh', { ranges: { ...written.ranges, wind_speed_kmh: undefined } }, {}],
])('a run fails with the reason: %s', (reason, report, different) => {
  const ranges = JSON.parse(JSON.stringify({ ...written, ...report }));
  const verdict = check(ranges, different);
  expect(verdict.passed).toBe(false);
  expect(verdict.failures.join()).toContain(reason);
});

test('a run fails when a location has observations in fewer hours than required', () => {
  expect(check({ fewest_hours_seen: 20 }, {}, { ...nothingRequired, minHoursSeen: 21 }).passed).toBe(false);
});

test('rows of replaced versions and repeated rows are no loss, and are told', () => {
  const { passed, warnings } = check(
    { rows: 90, superseded: 5, same_values: 3, other_values: 2 },
    { published: 100 },
  );
  expect(passed).toBe(true);
  expect(warnings).toEqual([
    '5 rows are of versions of files that do not count',
    '3 rows repeat a location and time with the same values: counted once',
    '2 rows have other values than a newer row of their location and time: the newest counts',
  ]);
});

test('a measure that was never taken has no range, and passes', () => {
  const ranges = { ...written.ranges, humidity_pct: { min: null, max: null } };
  expect(check({ ranges })).toMatchObject({ passed: true });
});

test('duplicates and hours without observations are warnings', () => {
  const { passed, warnings } = check({ duplicates: 4, incomplete_locations: 1, fewest_hours_seen: 9 });
  expect(passed).toBe(true);
  expect(warnings).toEqual([
    '4 rows had landed twice and are counted once',
    '1 of 3 locations have no observation in some hours (the fewest: 9 of 24 hours)',
  ]);
});

test('unfinished work is a warning, since it may belong to the day', () => {
  const unfinished = { files: 2, retries: 3, failedRecords: 5 };
  const { passed, warnings } = checkDayQuality(readReport(written), counts, unfinished, nothingRequired);
  expect(passed).toBe(true);
  expect(warnings).toEqual([
    expect.stringContaining('2 dropped files are not ingested'),
    expect.stringContaining('3 records of any day wait for a retry'),
    expect.stringContaining('5 records of any day are in discarded batches'),
  ]);
});

test('a report without a number is refused with the name of the field', () => {
  expect(() => readReport({ ...written, rows: undefined })).toThrow('rows is not a number');
});
