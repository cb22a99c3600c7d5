import { expect, test } from '@jest/globals';
import { isFileName, lineOf } from '../../../../../localstack/console/views/files.ts';

const row = {
  source: 'incoming/observations/2024/a@b.csv@etag',
  ingestedAt: new Date(0),
  rowsRead: 100,
  rowsValid: 90,
  rowsInvalid: 10,
  rowsRefused: 0,
  rowsSkipped: 1,
  ignoredColumns: [],
  errors: 10,
  openErrors: 10,
  seen: { 'land-observations': 101, 'watch-weather': 50 },
};
const line = (changes: Partial<typeof row> | { seen: null }) =>
  lineOf({ ...row, ...changes }, 'incoming/observations/');

test('a file has the name that it was dropped under, and says how far each consumer is', () => {
  expect(line({})).toMatchObject({ name: '2024/a@b.csv', state: 'errors', landed: 1 });
  expect(line({}).watched).toBeCloseTo(50 / 101);
});

test('the state of a file tells its rows apart', () => {
  const clean = { rowsInvalid: 0, errors: 0, openErrors: 0 };
  expect(line({ seen: null }).state).toBe('processing');
  expect(line(clean).state).toBe('done');
  expect(line({ rowsRefused: 100, rowsValid: 0, rowsInvalid: 0 }).state).toBe('refused');
  expect(line({ rowsRead: 0, rowsValid: 0, rowsInvalid: 0, rowsSkipped: 0, errors: 1 }).state).toBe(
    'refused',
  );
  expect(line({ ...clean, rowsRead: 0, rowsValid: 0, rowsSkipped: 0, seen: null as never }).state).toBe(
    'done',
  );
});

test('a name cannot lead out of the incoming folder, nor hide', () => {
  for (const name of ['a.csv', '2024/1월.csv', 'my file (2).csv', 'a_b-c+d.json.gz', 'Zürich.csv'])
    expect([name, isFileName(name)]).toEqual([name, true]);
  for (const name of [
    '',
    '/',
    '../a.csv',
    'a/../b',
    '.hidden',
    'a//b',
    'a\\b',
    'a\0b',
    'a?b',
    'x'.repeat(600),
  ])
    expect([name, isFileName(name)]).toEqual([name, false]);
});
