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

test('the list of errors has one line for each error and its source, and two lines in a narrow terminal', () => {
  const inKafka = {
    ...row,
    fileName: null,
    topic: 'weather-data',
    partition: 3,
    offset: 99,
    corrected: '{}',
  };
  const wide = renderList([row, inKafka], { width: 160, colour: false });
  expect(wide).toEqual([
    'id  when (UTC)        status     type        from               reason',
    '─'.repeat(125),
    '17  2024-08-01 12:34  NEW        TYPE_ERROR  a.csv:3            line 3: Temperature_C: found "abc", expected a decimal number',
    '17  2024-08-01 12:34  CORRECTED  TYPE_ERROR  weather-data/3/99  line 3: Temperature_C: found "abc", expected a decimal number',
  ]);

  const narrow = renderList([row, inKafka], { width: 80, colour: false });
  expect(narrow).toHaveLength(6);
  expect(narrow[3]).toMatch(/^ {4}line 3: Temp/);
  for (const line of narrow) expect(columns(line)).toBeLessThanOrEqual(80);
});

test('one error is shown with all its fields, and its raw row cannot control the terminal', () => {
  const text = renderError({ ...row, failedIn: 'watch-weather', cause: 'a lock' }, { colour: false }).join(
    '\n',
  );
  expect(text).toMatch(/Failed in +watch-weather/);
  expect(text).toMatch(/Raw row +서울\ufffd\[2J,abc/);
  expect(text).not.toContain('Settled');
});
