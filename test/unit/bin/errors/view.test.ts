import { expect, test } from '@jest/globals';
import { renderError, renderFixed, renderImported, renderList } from '../../../../bin/errors/view.ts';
import { columns } from '../../../../localstack/terminal/text.ts';
import { errorRowWith } from '../../../fixtures/error-rows.ts';

const row = errorRowWith({ rawRow: '서울\u001b[2J,abc' });

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

test('an import tells of each line that is still wrong or not taken, within 80 columns', () => {
  const fault = (line: number) => ({
    line,
    id: line + 100,
    reason: `Humidity_pct: found "${'9'.repeat(60)}"`,
  });
  const imported = {
    valid: 2,
    unchanged: 1_000,
    stillWrong: Array.from({ length: 60 }, (_, n) => fault(n + 2)),
    notTaken: [{ line: 70, id: null, reason: 'found "x" as id, expected a number' }],
  };
  const lines = renderImported(imported, { dryRun: false }, { width: 80, colour: false });
  expect(lines[0]).toBe('62 corrected: 2 valid, 60 still wrong. 1,000 unchanged.');
  expect(lines).toContain('and 10 more: --json lists all of them');
  expect(lines).toContain('  70      found "x" as id, expected a number');
  expect(lines.at(-1)).toBe('To send what is valid: npm run errors -- redrive --all');
  for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(80);
});
