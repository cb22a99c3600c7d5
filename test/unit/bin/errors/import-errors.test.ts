import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { importErrors } from '../../../../bin/errors/import-errors.ts';
import type { Separator } from '../../../../bin/errors/options.ts';
import { checkOf, sheetHeader, sheetLine } from '../../../../bin/errors/spreadsheet.ts';
import { plausible } from '../../../../lambdas/shared/wire/limits.ts';
import type { ErrorRow, StoredCorrection } from '../../../../localstack/errors/errors-table.ts';
import { errorRowWith } from '../../../fixtures/error-rows.ts';

const exported = (rows: readonly ErrorRow[], separator: Separator = ',') =>
  sheetHeader(separator) + rows.map((row) => sheetLine(row, separator)).join('');

/** Imports a file about these errors, and returns the outcome and what was stored. */
async function imported(
  file: string | Buffer,
  rows: readonly ErrorRow[],
  options: { encoding?: string; dryRun?: boolean } = {},
) {
  const stored: StoredCorrection[] = [];
  async function* content() {
    yield Buffer.from(file);
  }
  const outcome = await importErrors(
    content(),
    { encoding: undefined, dryRun: false, ...options },
    {
      limits: plausible,
      byIds: async (ids) => rows.filter(({ id }) => ids.includes(id)),
      correct: async (corrections) => {
        stored.push(...corrections);
        return corrections.map(({ id }) => id);
      },
    },
  );
  return { ...outcome, stored };
}
const nothing = { valid: 0, stillWrong: [], notTaken: [], stored: [] };

const seoul = errorRowWith();
const fixed = { id: 17, text: expect.stringContaining('"Temperature_C":1.5,') };

test('a file that comes back as it was exported changes nothing, whatever the rows hold', async () => {
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      '=1+1',
      "'=x",
      '-12.5',
      '+1',
      '-x',
      '@a',
      '\tx',
      ' a ',
      '"',
      '2024-01-01 00:00:01',
      '1,5',
      "'",
      '1e5',
    ),
    fc.float().map(String),
  );
  const messages = fc.dictionary(
    fc.constantFrom('Location', 'Date_Time', 'Temperature_C', 'Humidity_pct', 'Wind_Speed_kmh'),
    fc.oneof(texts, fc.constant(null), fc.integer()),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ rawRow: messages.map((m) => JSON.stringify(m)), reason: texts, fileName: texts }),
        {
          maxLength: 5,
        },
      ),
      fc.constantFrom(',', ';'),
      async (some, separator) => {
        const rows = some.map((row, id) => errorRowWith({ ...row, id }));
        expect(await imported(exported(rows, separator), rows)).toEqual({
          ...nothing,
          unchanged: rows.length,
        });
      },
    ),
    { numRuns: 300 },
  );
});

describe('a corrected cell is taken', () => {
  const corrected = exported([seoul]).replace(',abc,', ',1.5,');
  const asSemicolons = exported([seoul], ';').replace(';abc;', ';1,5;');
  const jeju = errorRowWith({ rawRow: 'Zürich,2024-01-01 00:00:01,abc,50.50,0,5' });

  test.each<[string, string | Buffer]>([
    ['as exported', corrected],
    ['from a file without byte order mark', corrected.slice(1)],
    ['from a file with semicolons and decimal commas', asSemicolons],
    ['from a file with tabs in UTF-16', Buffer.from(corrected.replaceAll(',', '\t'), 'utf16le')],
    ['from a file with CR line ends', corrected.replaceAll('\r\n', '\r')],
    [
      'from a file with quotes around all',
      corrected.replace(/"|(?<=^|,)[^",\r\n]+(?=,|\r)/gm, (cell) => (cell === '"' ? cell : `"${cell}"`)),
    ],
    ['with blank lines at the end', `${corrected}\r\n,,,,\r\n`],
    ['without the columns that nobody needs', 'id;Temperature_C\n17;1,5\n'],
    ['with the columns in another order and case', 'TEMPERATURE_C,note,ID\n1.5,mine,17\n'],
  ])('%s', async (_, file) => {
    expect(await imported(file, [seoul])).toMatchObject({
      valid: 1,
      unchanged: 0,
      notTaken: [],
      stored: [fixed],
    });
  });

  test('from windows-1252, where the other cells have not changed', async () => {
    const file = Buffer.from(
      exported([jeju]).slice(1).replace(',abc,', ',1.5,').replace('50.50', '50.5'),
      'latin1',
    );
    expect(await imported(file, [jeju])).toMatchObject({ valid: 1, stored: [fixed] });
  });

  test('from another encoding when it is named', async () => {
    const row = errorRowWith({ rawRow: '서울,2024-01-01 00:00:01,abc,50,0,5' });
    const korean = Buffer.concat([
      Buffer.from('id,Location,Temperature_C\n17,'),
      Buffer.from([0xbc, 0xad, 0xbf, 0xef]),
      Buffer.from(',1.5\n'),
    ]);
    await expect(imported(korean, [row])).rejects.toThrow(/encoding|EUC-KR|CP949/i);
    expect(await imported(korean, [row], { encoding: 'euc-kr' })).toMatchObject({
      valid: 1,
      stored: [fixed],
    });
  });
});

test('a dry run stores nothing and tells the same', async () => {
  const file = exported([seoul]).replace(',abc,', ',1.5,');
  expect(await imported(file, [seoul], { dryRun: true })).toEqual({ ...nothing, valid: 1, unchanged: 0 });
});

test('what is still wrong is told with its line, and kept for the next correction', async () => {
  const file = exported([seoul]).replace(',abc,50,', ',1.5,500,');
  const outcome = await imported(file, [seoul]);
  expect(outcome).toMatchObject({
    valid: 0,
    stillWrong: [{ line: 2, id: 17, reason: 'Humidity_pct: found "500", expected 0 to 100' }],
    stored: [{ fields: ['Humidity_pct'] }],
  });
});

test('a time that the spreadsheet has turned into one of its place is told, not taken for another', async () => {
  const file = exported([seoul]).replace('2024-01-01T00:00:01Z', '1/1/2024 0:00').replace(',abc,', ',1.5,');
  expect((await imported(file, [seoul])).stillWrong).toMatchObject([
    { reason: expect.stringContaining('Date_Time: found "1/1/2024 0:00"') },
  ]);
});

describe('a line is not taken', () => {
  const line = exported([seoul]).replace(',abc,', ',1.5,');
  test.each<[string, string, readonly ErrorRow[], string]>([
    ['of an unknown error', line, [], 'There is no error with this id'],
    ['of an error that is being sent', line, [errorRowWith({ status: 'REDRIVING' })], 'It is REDRIVING'],
    [
      'of an error that was corrected since the export',
      line,
      [errorRowWith({ corrected: '{"Location":"Busan"}' })],
      'Somebody has changed the error since the export',
    ],
    ['without an id', 'id,Temperature_C\nx,1.5\n', [seoul], 'found "x" as id, expected a number'],
    ['that is malformed', 'id,Temperature_C\n17,"1.5\n', [seoul], 'found unclosed quote'],
    [
      'whose characters the spreadsheet has lost',
      'id,Location\n17,??\n',
      [errorRowWith({ rawRow: '서울,2024-01-01 00:00:01,abc,50,0,5' })],
      'save it as CSV UTF-8',
    ],
    [
      'of the error of a whole file',
      'id,Temperature_C\n17,1.5\n',
      [errorRowWith({ rawRow: null })],
      'The error is of a whole file',
    ],
  ])('%s, with the reason', async (_, file, rows, reason) => {
    const outcome = await imported(file, rows);
    expect(outcome).toMatchObject({ valid: 0, stored: [] });
    expect(outcome.notTaken).toMatchObject([{ line: 2, reason: expect.stringContaining(reason) }]);
  });

  test('that repeats an id', async () => {
    const outcome = await imported('id,Temperature_C\n17,1.5\n17,2.5\n', [seoul]);
    expect(outcome).toMatchObject({
      valid: 1,
      notTaken: [{ line: 3, id: 17, reason: expect.stringContaining('Line 2') }],
    });
  });
});

test.each([
  ['', 'the file is empty'],
  ['Location,Date_Time\nSeoul,x\n', 'expected a first line with id and the fields'],
  ['[{"id":17}]', 'found JSON'],
])('the file %j is refused', async (file, complaint) => {
  await expect(imported(file, [seoul])).rejects.toThrow(complaint);
});

test('a failure on the way says how far the file was taken', async () => {
  const rows = Array.from({ length: 1_500 }, (_, id) => errorRowWith({ id }));
  let batches = 0;
  async function* content() {
    yield Buffer.from(exported(rows).replaceAll(',abc,', ',1.5,'));
  }
  const importing = importErrors(
    content(),
    { encoding: undefined, dryRun: false },
    {
      limits: plausible,
      byIds: async (ids) => rows.filter(({ id }) => ids.includes(id)),
      correct: async (corrections) => {
        if (++batches > 1) throw new Error('the connection broke');
        return corrections.map(({ id }) => id);
      },
    },
  );
  await expect(importing).rejects.toThrow('the connection broke. The first 1000 errors of the file are done');
});

test('cells that a spreadsheet would run are texts in it, numbers stay numbers, and ids too', () => {
  const row = errorRowWith({ rawRow: '=cmd|x,@now,-12.5,+3,-a,"=1,2"', reason: '=HYPERLINK("x")' });
  const [id, ...cells] = sheetLine(row, ',')
    .trim()
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/);
  expect(id).toBe('17');
  expect(cells.slice(3, 10)).toEqual([
    `"'=HYPERLINK(""x"")"`,
    "'=cmd|x",
    "'@now",
    '-12.5',
    '+3',
    "'-a",
    `"'=1,2"`,
  ]);
  expect(checkOf(row)).toMatch(/^[a-p]{8}$/);
});
