import { expect, test } from '@jest/globals';
import { compileTimePattern } from '../../../../../lambdas/weather/ingest-observations/time-pattern.ts';

function read(pattern: string, text: string): string | number | undefined {
  const compiled = compileTimePattern(pattern);
  if (typeof compiled === 'string') throw new Error(compiled);
  const ms = compiled.read(text);
  return ms === undefined || Number.isNaN(ms) ? ms : new Date(ms).toISOString().slice(0, 19);
}

test.each<[string, string, string]>([
  ['%Y%m%d%H%M', '202403010930', '2024-03-01T09:30:00'],
  ['%Y%m%d%H', '2024030109', '2024-03-01T09:00:00'],
  ['%Y-%m-%d %H', '2024-03-01 9', '2024-03-01T09:00:00'],
  ['%d.%m.%Y %H:%M', '1.3.2024 09:30', '2024-03-01T09:30:00'],
  ['%m/%d/%y %I:%M %p', '03/01/24 12:05 am', '2024-03-01T00:05:00'],
  ['%m/%d/%Y %I:%M %p', '3/1/2024 12:05 PM', '2024-03-01T12:05:00'],
  ['%d %b %Y %H:%M', '29 feb 2024 23:59', '2024-02-29T23:59:00'],
  ['%d-%B-%Y', '29-February-2024', '2024-02-29T00:00:00'],
  ['%Y-%j %H:%M', '2024-366 00:00', '2024-12-31T00:00:00'],
  ['%FT%T.%f', '2024-03-01T09:30:59.123', '2024-03-01T09:30:59'],
  ['%Y-%m-%dT%H:%M:%S%z', '2024-03-01T09:30:00+05:30', '2024-03-01T04:00:00'],
  ['%Y%m%dT%H%M%z', '20240301T0930Z', '2024-03-01T09:30:00'],
  ['%y%m%d %H%M', '690101 0000', '1969-01-01T00:00:00'],
  ['100%% %Y-%m-%d', '100% 2024-03-01', '2024-03-01T00:00:00'],
])('%s reads %s', (pattern, text, expected) => {
  expect(read(pattern, text)).toBe(expected);
});

test.each<[string, string]>([
  ['%Y%m%d%H', '20240301'],
  ['%Y%m%d%H', '202403010930'],
  ['%Y-%m-%d', '2024-03-01 09:30'],
  ['%d.%m.%Y', '1x3x2024'],
])('%s does not read %s', (pattern, text) => {
  expect(read(pattern, text)).toBeUndefined();
});

test.each<[string, string]>([
  ['%Y-%m-%d', '2023-02-29'],
  ['%Y-%m-%d', '2024-13-01'],
  ['%Y-%m-%d %H:%M', '2024-01-01 24:00'],
  ['%Y-%j', '2023-366'],
  ['%Y-%m-%d %I %p', '2024-01-01 13 pm'],
])('%s reads %s as a time that does not exist', (pattern, text) => {
  expect(read(pattern, text)).toBeNaN();
});

test.each<[string, string]>([
  ['%Y-%m-%d %Q', '%Q is not known'],
  ['%H:%M', 'a date needs at least'],
  ['%Y-%m', 'a date needs at least'],
  ['%Y-%m-%d %I:%M', '%I and %p belong together'],
  ['%Y-%m-%d %Y', '%Y is there twice'],
])('%s is no pattern: %s', (pattern, reason) => {
  expect(compileTimePattern(pattern)).toContain(reason);
});
