import { expect, test } from '@jest/globals';
import type { ErrorRow } from '../../../../bin/errors/errors-table.ts';
import { renderError, renderFixed, renderList } from '../../../../bin/errors/view.ts';
import { columns } from '../../../../localstack/terminal/text.ts';

const row: ErrorRow = {
  id: 17,
  status: 'NEW',
  type: 'TYPE_ERROR',
  reason: 'line 3: Temperature_C: found "abc", expected a decimal number',
  rawRow: '서울\u001b[2J,abc',
  columns: null,
  fields: ['Temperature_C'],
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
    fields: [],
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

test('a row that is corrected in part is shown with the fields that are still wrong', () => {
  const text = renderError({ ...row, corrected: '{}', fields: ['Date_Time', 'Location'] }, { colour: false });
  expect(text).toContainEqual(expect.stringMatching(/^Status +IN PART$/));
  expect(text).toContainEqual(expect.stringMatching(/^Still wrong +Date_Time, Location$/));
});

test('a correction of many errors tells how many are valid, what is still wrong, and what to do', () => {
  const fixed = {
    valid: 1_200,
    stillWrong: Array.from({ length: 12 }, (_, n) => ({
      id: n,
      reason: `Date_Time: found ${'x'.repeat(90)}`,
    })),
    notCorrected: [{ id: 7, reason: 'It is REDRIVING: only NEW errors can be corrected' }],
  };
  const lines = renderFixed(fixed, { dryRun: false }, { width: 80, colour: false });
  expect(lines[0]).toBe('1,212 corrected: 1,200 are valid now, 12 still wrong');
  expect(lines).toContain('and 2 more');
  expect(lines).toContain('1 left as they are:');
  expect(lines.at(-1)).toMatch(/^To send them: /);
  for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(80);
  expect(renderFixed(fixed, { dryRun: true }, { width: 80, colour: false }).at(-1)).toMatch(
    /^Nothing was changed/,
  );
});
