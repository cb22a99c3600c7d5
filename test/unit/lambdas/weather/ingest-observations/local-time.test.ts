import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { localTime } from '../../../../../lambdas/weather/ingest-observations/local-time.ts';

function utc(zone: string, local: string): string {
  const ms = localTime(zone)?.(Date.parse(`${local}Z`));
  return typeof ms === 'number' ? new Date(ms).toISOString().slice(0, 16) : String(ms);
}

test.each<[string, string, string]>([
  ['Asia/Seoul', '2024-07-01T00:00', '2024-06-30T15:00'],
  // Korea had daylight saving in 1988.
  ['Asia/Seoul', '1988-07-01T00:00', '1988-06-30T14:00'],
  ['Europe/Berlin', '2024-03-31T01:59', '2024-03-31T00:59'],
  ['Europe/Berlin', '2024-03-31T02:00', 'skipped'],
  ['Europe/Berlin', '2024-03-31T02:59', 'skipped'],
  ['Europe/Berlin', '2024-03-31T03:00', '2024-03-31T01:00'],
  ['Europe/Berlin', '2024-10-27T01:59', '2024-10-26T23:59'],
  ['Europe/Berlin', '2024-10-27T02:30', 'repeated'],
  ['Europe/Berlin', '2024-10-27T03:00', '2024-10-27T02:00'],
  ['America/New_York', '2024-11-03T01:00', 'repeated'],
  ['America/New_York', '2024-11-03T02:00', '2024-11-03T07:00'],
  // Half an hour of daylight saving.
  ['Australia/Lord_Howe', '2024-10-06T02:15', 'skipped'],
  ['Australia/Lord_Howe', '2024-10-06T02:30', '2024-10-05T15:30'],
  ['Australia/Lord_Howe', '2024-04-07T01:45', 'repeated'],
  // Samoa left out a whole day.
  ['Pacific/Apia', '2011-12-30T12:00', 'skipped'],
  ['Asia/Kathmandu', '2024-01-01T05:45', '2024-01-01T00:00'],
  ['UTC', '2024-01-01T00:00', '2024-01-01T00:00'],
  ['+09:00', '2024-01-01T00:00', '2023-12-31T15:00'],
  ['-03:30', '2024-01-01T00:00', '2024-01-01T03:30'],
])('in %s, %s is %s in UTC', (zone, local, expected) => {
  expect(utc(zone, local)).toBe(expected);
});

test.each(['KST', 'Mars/Olympus', '+9', '+19:00', '+09:60', ''])('%j is no time zone', (zone) => {
  expect(localTime(zone)).toBeUndefined();
});

test('a time that clocks showed once comes back from UTC as it was', () => {
  const zone = 'America/Sao_Paulo';
  const toUtc = localTime(zone);
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(1970, 0) / 1_000, max: Date.UTC(2030, 0) / 1_000 }), (second) => {
      const local = Date.parse(`${clock.format(second * 1_000).replace(' ', 'T')}Z`);
      const back = toUtc?.(local);
      expect(back === 'repeated' || back === second * 1_000).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
