import { expect, test } from '@jest/globals';
import type { ErrorRow } from '../../../../bin/errors/errors-table.ts';
import { renderError, renderList } from '../../../../bin/errors/view.ts';
import { columns } from '../../../../localstack/terminal/text.ts';

const row: ErrorRow = {
  id: 17,
  status: 'NEW',
  type: 'TYPE_ERROR',
  reason: 'line 3: Temperature_C: found "abc", expected a decimal number',
  rawRow: '서울\u001b[2J,abc',
  columns: null,
  corrected: null,
  location: null,
  fileName: 'incoming/observations/a.csv',
  line: 3,
  topic: null,
  partition: null,
  offset: null,
  retries: 0,
  failedIn: null,
  firstFailedAt: null,
  cause: null,
  createdAt: new Date('2024-08-01T12:34:56Z'),
  settledAt: null,
};
const plain = (_: unknown, text: string) => text;

test('the list has a line for each error, with where it came from, or two where the width is small', () => {
  const inKafka = {
    ...row,
    fileName: null,
    topic: 'weather-data',
    partition: 3,
    offset: 99,
    corrected: '{}',
  };
  const wide = renderList([row, inKafka], { width: 160, paint: plain });
  expect(wide).toHaveLength(3);
  expect(wide[1]).toMatch(/^ {5}17 {2}2024-08-01 12:34 {2}NEW +TYPE_ERROR +a\.csv:3 +line 3: Temp/);
  expect(wide[2]).toMatch(/CORRECTED +TYPE_ERROR +weather-data\/3\/99/);

  const narrow = renderList([row, inKafka], { width: 80, paint: plain });
  expect(narrow).toHaveLength(5);
  expect(narrow[2]).toMatch(/^ +line 3: Temp/);
  for (const line of narrow) expect(columns(line)).toBeLessThanOrEqual(80);
});

test('one error is shown with all that is known, and cannot steer the terminal', () => {
  const text = renderError({ ...row, failedIn: 'watch-weather', cause: 'a lock' }, plain).join('\n');
  expect(text).toMatch(/Failed in +watch-weather/);
  expect(text).toMatch(/Raw row +서울\ufffd\[2J,abc/);
  expect(text).not.toContain('Settled');
});
