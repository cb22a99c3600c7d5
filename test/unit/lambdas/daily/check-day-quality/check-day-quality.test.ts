import { describe, expect, test } from '@jest/globals';
import { judgeDay } from '../../../../../lambdas/daily/check-day-quality/check-day-quality.ts';
import { readReport } from '../../../../../lambdas/daily/check-day-quality/run-report.ts';

const written = {
  rows: 100,
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
};
const counts = { landedBefore: 100, landedNow: 100, published: 0 };
const finished = { files: 0, retries: 0, failedRecords: 0 };
const demands = { leastHoursSeen: 0 };
const judge = (report: object, different = {}, asked = demands) =>
  judgeDay(readReport({ ...written, ...report }), { ...counts, ...different }, finished, asked);

describe('judgeDay', () => {
  test('passes a run that has what has landed', () => {
    expect(judge({})).toEqual({ passed: true, failures: [], warnings: [] });
  });

  test('lets rows that landed while the job ran be in it or not', () => {
    for (const rows of [100, 103, 105]) expect(judge({ rows }, { landedNow: 105 }).passed).toBe(true);
  });

  test.each([
    ['has 99 rows, and 100 had landed', { rows: 99 }, {}],
    ['has 101 rows, and only 100 have landed', { rows: 101 }, {}],
    ['fewer than the 120 of the published result', {}, { published: 120 }],
    ['2 rows have no location', { null_keys: 2 }, {}],
    [
      'humidity_pct is from -1 to 4',
      { ranges: { ...written.ranges, humidity_pct: { min: -1, max: 4 } } },
      {},
    ],
    ['says nothing of wind_speed_kmh', { ranges: { ...written.ranges, wind_speed_kmh: undefined } }, {}],
  ])('fails a run: %s', (reason, report, different) => {
    const ranges = JSON.parse(JSON.stringify({ ...written, ...report }));
    const verdict = judge(ranges, different);
    expect(verdict.passed).toBe(false);
    expect(verdict.failures.join()).toContain(reason);
  });

  test('demands hours of every location where the stage does', () => {
    expect(judge({ fewest_hours_seen: 20 }, {}, { leastHoursSeen: 21 }).passed).toBe(false);
  });

  test('warns of duplicates and gaps', () => {
    const { passed, warnings } = judge({ duplicates: 4, incomplete_locations: 1, fewest_hours_seen: 9 });
    expect(passed).toBe(true);
    expect(warnings).toEqual([
      '4 rows had landed twice and count once',
      '1 of 3 locations lack observations in some hours (the fewest: 9 of 24)',
    ]);
  });

  test('warns of work that is not finished, of which some may be of the day', () => {
    const unfinished = { files: 2, retries: 3, failedRecords: 5 };
    const { passed, warnings } = judgeDay(readReport(written), counts, unfinished, demands);
    expect(passed).toBe(true);
    expect(warnings).toEqual([
      expect.stringContaining('2 dropped files are not ingested'),
      expect.stringContaining('3 records of any day wait to be tried again'),
      expect.stringContaining('5 records of any day are in batches that were given up'),
    ]);
  });
});

test('a report that lacks a number is refused by the name of what is missing', () => {
  expect(() => readReport({ ...written, rows: undefined })).toThrow('rows is no number');
});
