import { expect, test } from '@jest/globals';
import { matcherOf, rangesOf, readBrowse } from '../../../../../localstack/console/views/browse.ts';

const browse = (parameters: Record<string, string>) =>
  readBrowse(new URLSearchParams({ topic: 'weather-data', ...parameters }));
const ends = [
  { partition: 0, low: 100, high: 1_000 },
  { partition: 1, low: 0, high: 20 },
  { partition: 2, low: 7, high: 7 },
];
const ranges = (parameters: Record<string, string>, firstAt = new Map<number, number>()) =>
  rangesOf(browse(parameters), ends, firstAt).map(({ partition, from, to }) => [partition, from, to]);

test('the newest records are the last of each partition that has any', () => {
  expect(ranges({})).toEqual([
    [0, 950, 1_000],
    [1, 0, 20],
  ]);
});

test('with a filter, the newest are looked for among more records', () => {
  expect(ranges({ key: 'Seoul' })).toEqual([
    [0, 100, 1_000],
    [1, 0, 20],
  ]);
});

test('reading starts at the oldest record, an offset or a time, and never before what the broker has', () => {
  expect(ranges({ from: 'oldest' })[0]).toEqual([0, 100, 1_000]);
  expect(ranges({ from: 'offset', offset: '5' })).toEqual([
    [0, 100, 1_000],
    [1, 5, 20],
  ]);
  const firstAt = new Map([
    [0, 300],
    [1, -1],
  ]);
  expect(ranges({ from: 'time', time: '2024-08-01 12:00:00' }, firstAt)).toEqual([[0, 300, 1_000]]);
});

test('a time without a zone is in UTC', () => {
  const times = ['2024-08-01 12:00:00', '2024-08-01 12:00', '2024-08-01T14:00:00+02:00', '2024-08-01'];
  const noon = Date.UTC(2024, 7, 1, 12);
  expect(times.map((time) => browse({ from: 'time', time }).timeMs)).toEqual([
    ...[noon, noon, noon],
    Date.UTC(2024, 7, 1),
  ]);
});

test('what makes no sense is refused with what was found', () => {
  expect(() => browse({ from: 'time', time: 'noon' })).toThrow('noon is no time');
  expect(() => browse({ from: 'offset', offset: '-1' })).toThrow('offset "-1" is no whole number');
  expect(() => browse({ from: 'offset', offset: '' })).toThrow('offset "" is no whole number');
  expect(() => browse({ partition: 'x' })).toThrow('partition "x"');
  expect(() => browse({ from: 'middle' })).toThrow('use newest, oldest, offset, time');
});

test('no request gets more records than the page can show', () => {
  expect(browse({ limit: '1000000' }).limit).toBe(200);
});

test('a record matches by its whole key and by a part of its value', () => {
  const message = { key: Buffer.from('Seoul'), value: Buffer.from('{"Date_Time":"2024"}') };
  const matches = (parameters: Record<string, string>) => matcherOf(browse(parameters))(message);
  expect([{}, { key: 'Seoul' }, { text: '2024' }, { key: 'Seoul', text: 'Date' }].map(matches)).not.toContain(
    false,
  );
  expect([{ key: 'Seo' }, { text: '2025' }, { key: 'Seoul', text: 'x' }].map(matches)).not.toContain(true);
  expect(matcherOf(browse({ text: 'x' }))({ key: null, value: null })).toBe(false);
});
