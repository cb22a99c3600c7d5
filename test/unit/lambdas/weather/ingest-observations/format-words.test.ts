import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { parseFormatFile } from '../../../../../lambdas/weather/ingest-observations/format-file.ts';
import { ingestFile } from '../../../../fixtures/ingest-file.ts';

const constants = { Location: 'Seoul', Date_Time: '2025-03-01 12:00:00' };

/** Ingests a file under a format, and returns its observations without what is the same in all of them. */
async function ingest(content: string | Buffer, format: object, name?: string) {
  const { observations, errors, counts } = await ingestFile(Buffer.from(content), {
    format: JSON.stringify(format),
    ...(name === undefined ? {} : { name }),
  });
  const rows = observations.map(({ Location, Date_Time, retry, ...measures }) => measures);
  return { rows, observations, reasons: errors.map(({ error_reason }) => error_reason), counts };
}

const nothing = { Temperature_C: null, Humidity_pct: null, Precipitation_mm: null, Wind_Speed_kmh: null };

test.each<[string, string, Record<string, unknown>, number | null]>([
  ['°F', '50', { unit: '°F' }, 10],
  ['K', '273.15', { unit: 'K' }, 0],
  ['a scale', '-0123', { scale: 0.1 }, -12.3],
  ['a scale and a unit', '2981', { scale: 0.1, unit: 'K' }, 24.95],
  ['a packed value with a flag', '+0123,1', { scale: 0.1, split: ',', acceptFlags: ['1'] }, 12.3],
  ['a packed value whose flag is not accepted', '+0123,3', { split: ',', acceptFlags: ['1'] }, null],
  ['the second part of a packed value', '01/5.5/9', { split: { delimiter: '/', value: 2 } }, 5.5],
  [
    'a packed value of which two parts must be as asked for',
    '01/5.5/9/2',
    { split: { delimiter: '/', value: 2 }, acceptFlags: { 1: ['01'], 4: ['1'] } },
    null,
  ],
  ['a missing value', 'M', { missingValues: ['M'] }, null],
  ['a missing value in a packed one', '9999,1', { split: ',', missingValues: ['9999'] }, null],
  ['a decimal comma', '1,5', { decimalChar: ',' }, 1.5],
  ['groups of digits', '1.013,5', { decimalChar: ',', groupChar: '.', scale: 0.01 }, 10.135],
  ['a marker for missing, in K', '9999', { unit: 'K' }, null],
])('%s: %s', async (_, cell, words, expected) => {
  const { rows, reasons } = await ingest(`h;t\n50;${cell}\n`, {
    constants,
    fields: [
      { name: 'Humidity_pct', from: 'h' },
      { name: 'Temperature_C', from: 't', ...words },
    ],
    required: [],
  });
  expect(reasons).toEqual([]);
  expect(rows).toEqual([{ ...nothing, Humidity_pct: 50, Temperature_C: expected }]);
});

test.each<[string, Record<string, unknown>, string]>([
  ['+0123', { split: ',', acceptFlags: ['1'] }, 'found "+0123 (without its part 2)"'],
  ['5', { split: { delimiter: '/', value: 3 } }, 'found "5 (without its part 3)"'],
  ['1.5', { groupChar: '.', decimalChar: ',' }, 'found "1.5 (not in groups of three digits)"'],
  ['M', {}, 'found "M", expected a decimal number'],
])('a cell %j that cannot be read by %j is an error, and never null', async (cell, words, reason) => {
  const { rows, reasons } = await ingest(`h;t\n50;${cell}\n`, {
    constants,
    fields: [
      { name: 'Humidity_pct', from: 'h' },
      { name: 'Temperature_C', from: 't', ...words },
    ],
    required: [],
  });
  expect(rows).toEqual([]);
  expect(reasons).toEqual([expect.stringContaining(reason)]);
});

const measured = { name: 'Temperature_C', from: 't' };
const times = (words: object, timezone?: string) => ({
  constants: { Location: 'Seoul' },
  fields: [{ name: 'Date_Time', from: 'time', ...words }, measured],
  required: [],
  ...(timezone === undefined ? {} : { timezone }),
});

test.each<[string, object, string | undefined, string]>([
  ['202503011200', { format: '%Y%m%d%H%M' }, undefined, '2025-03-01 12:00:00'],
  ['202503011200', { format: '%Y%m%d%H%M' }, 'Asia/Seoul', '2025-03-01 03:00:00'],
  ['2025-03-01 12:00', {}, 'Asia/Seoul', '2025-03-01 03:00:00'],
  ['2025-03-01 12:00', { format: 'default' }, '+09:00', '2025-03-01 03:00:00'],
  ['2025-03-01T12:00:00Z', {}, 'Asia/Seoul', '2025-03-01 12:00:00'],
  ['2025-03-01T12:00-05', { format: 'any' }, 'Asia/Seoul', '2025-03-01 17:00:00'],
  ['2025-03-01 12:00 +0100', { format: '%Y-%m-%d %H:%M %z' }, 'Asia/Seoul', '2025-03-01 11:00:00'],
])('the time %s by %j in %s is %s', async (text, words, timezone, expected) => {
  const { observations, reasons } = await ingest(`time;t\n${text};1\n`, times(words, timezone));
  expect(reasons).toEqual([]);
  expect(observations[0].Date_Time).toBe(expected);
});

test.each<[string, string]>([
  ['2024-03-31 02:30', 'a time that exists in Europe/Berlin: clocks were put forward over it'],
  ['2024-10-27 02:30', 'one time in Europe/Berlin: clocks were put back and showed it twice'],
  ['2024-02-30 02:30', 'a date and time that exist'],
  ['yesterday', '%Y-%m-%d %H:%M'],
])('the time %s is an error with its cause, beside the other faults of the row', async (text, reason) => {
  const format = times({ format: '%Y-%m-%d %H:%M' }, 'Europe/Berlin');
  const { reasons } = await ingest(`time;t\n${text};x\n`, format);
  expect(reasons).toEqual([
    `line 2: Date_Time: found "${text}", expected ${reason}; Temperature_C: found "x", expected a decimal number`,
  ]);
});

test('date and hour of two columns are joined', async () => {
  const format = times({ from: ['date', 'hour'], format: '%Y-%m-%d %H' });
  const { observations } = await ingest('date;hour;t\n2025-03-01;9;1\n', format);
  expect(observations[0].Date_Time).toBe('2025-03-01 09:00:00');
});

test('fields that a format file does not list are found by their names', async () => {
  const header = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind speed (m/s)';
  const { observations } = await ingest(`${header}\nSeoul,2025-03-01 12:00:00,1,2,3,10\n`, {
    timezone: 'Asia/Seoul',
  });
  expect(observations).toMatchObject([{ Date_Time: '2025-03-01 03:00:00', Wind_Speed_kmh: 36 }]);
});

test('a column is found without its unit, in any case; the unit in its name counts', async () => {
  const { rows } = await ingest('H;AIR TEMP (°F);air temp flag\n50;50;x\n', {
    constants,
    fields: [
      { name: 'Temperature_C', from: 'air temp' },
      { name: 'Humidity_pct', from: 'h' },
    ],
    required: [],
  });
  expect(rows).toEqual([{ ...nothing, Temperature_C: 10, Humidity_pct: 50 }]);
});

test('a header of two lines is one, and what is before it is skipped', async () => {
  const { rows, counts } = await ingest('Station;Seoul\n\nTemp;Wind\n(°F);(m/s)\n50;10\n', {
    dialect: { headerRows: [3, 4] },
    constants,
    fields: [
      { name: 'Temperature_C', from: 'Temp (°F)' },
      { name: 'Wind_Speed_kmh', from: 'Wind' },
    ],
    required: [],
  });
  expect(rows).toEqual([{ ...nothing, Temperature_C: 10, Wind_Speed_kmh: 36 }]);
  expect(counts).toMatchObject({ rowsRead: 1, rowsSkipped: 3 });
});

test('a repeated header inside is skipped, and one with another order is followed', async () => {
  const { rows, counts } = await ingest('h;t\n1;2\nh;t\n3;4\nt;h\n5;6\n', {
    constants,
    fields: [measured, { name: 'Humidity_pct', from: 'h' }],
    required: [],
  });
  expect(rows.map(({ Temperature_C, Humidity_pct }) => [Temperature_C, Humidity_pct])).toEqual([
    [2, 1],
    [4, 3],
    [5, 6],
  ]);
  expect(counts).toMatchObject({ rowsRead: 3, rowsSkipped: 3 });
});

test('a row that was cut off is an error, although its last measures may be missing', async () => {
  const { rows, reasons } = await ingest('t;h;p\n1;2;3\n1;2', {
    constants,
    fields: [measured, { name: 'Humidity_pct', from: 'h' }, { name: 'Precipitation_mm', from: 'p' }],
    required: [],
  });
  expect(rows).toHaveLength(1);
  expect(reasons).toEqual(['line 3: found 2 cells, expected at least 3']);
});

test('rows of a single value at the end are data, and no footer', async () => {
  const { rows, counts } = await ingest('t;h\n1;2\n3;\n4;\nEnd;\n', {
    constants,
    fields: [measured, { name: 'Humidity_pct', from: 'h' }],
    required: [],
  });
  expect(rows.map(({ Temperature_C }) => Temperature_C)).toEqual([1, 3, 4]);
  expect(counts).toMatchObject({ rowsInvalid: 0, rowsSkipped: 2 });
});

test('comments begin as the format file says', async () => {
  const { rows, counts } = await ingest('t\n%checked\n#1\n1\n', {
    dialect: { commentChar: '%', delimiter: ';' },
    constants,
    fields: [measured],
    required: [],
  });
  expect(rows).toHaveLength(1);
  expect(counts).toMatchObject({ rowsInvalid: 1, rowsValid: 1, rowsSkipped: 2 });
});

test('blanks before a quoted cell are skipped', async () => {
  const { rows } = await ingest('n, t\n"a,b", "1.5"\n', {
    dialect: { skipInitialSpace: true },
    constants,
    fields: [measured],
    required: [],
  });
  expect(rows).toMatchObject([{ Temperature_C: 1.5 }]);
});

test('JSON rows are read by members, and by members inside them', async () => {
  const { rows } = await ingest(
    '[{"main":{"temp":281.15},"wind.speed":10},{"main":{"temp":null},"wind.speed":1}]',
    {
      constants,
      fields: [
        { name: 'Temperature_C', from: 'main.temp', unit: 'K' },
        { name: 'Wind_Speed_kmh', from: 'wind.speed', unit: 'm/s' },
      ],
      required: [],
    },
  );
  expect(rows).toEqual([
    { ...nothing, Temperature_C: 8, Wind_Speed_kmh: 36 },
    { ...nothing, Wind_Speed_kmh: 3.6 },
  ]);
});

test('a byte that the named encoding does not have costs its row', async () => {
  const rows = Buffer.concat([Buffer.from('n;t\nx;1\n'), Buffer.from([0xb0, 0xff]), Buffer.from(';2\n')]);
  const { observations, reasons } = await ingest(rows, {
    dialect: { encoding: 'cp949' },
    constants: { Date_Time: '2025-03-01 12:00:00' },
    fields: [{ name: 'Location', from: 'n' }, measured],
    required: [],
  });
  expect(observations).toHaveLength(1);
  expect(reasons).toEqual(['line 3: found bytes that are no euc-kr']);
});

test('a file with a byte order mark is what it says, whatever the format file says', async () => {
  const { observations } = await ingest(Buffer.from('\ufeffn;t\n서울;1\n'), {
    dialect: { encoding: 'cp949' },
    constants: { Date_Time: '2025-03-01 12:00:00' },
    fields: [{ name: 'Location', from: 'n' }, measured],
    required: [],
  });
  expect(observations).toMatchObject([{ Location: '서울' }]);
});

test.each<[string, string, object, string]>([
  [
    'a required column that is not there',
    'x;y\n1;2\n',
    { constants, fields: [measured], required: ['Temperature_C'] },
    'also Temperature_C',
  ],
  [
    'a measure that nothing says is not required',
    't\n1\n',
    { constants, fields: [measured] },
    'also Humidity_pct',
  ],
  [
    'two columns of one name',
    't;t\n1;2\n',
    { constants, fields: [measured], required: [] },
    'found 2 columns "t"',
  ],
  [
    'a header line behind the end',
    't\n1\n',
    { dialect: { headerRows: [9] }, constants, fields: [measured], required: [] },
    'begins in line 9',
  ],
  [
    'a file name without a location',
    't\n1\n',
    { fields: [{ name: 'Location', fromFileName: '^(\\d+)' }, measured], required: [] },
    'found the file name "a.csv"',
  ],
])('%s refuses the file', async (_, content, format, reason) => {
  const { rows, reasons, counts } = await ingest(content, format);
  expect(rows).toEqual([]);
  expect(reasons).toEqual([expect.stringContaining(reason)]);
  expect(counts.rowsRefused).toBe(counts.rowsRead);
});

test('a format that is too long to travel with each bad row refuses the file', async () => {
  const missingValues = Array.from({ length: 50 }, (_, index) => `${index}`.padEnd(100, 'x'));
  const { reasons } = await ingest('t;h;p;w\n1;2;3;4\n', {
    constants,
    missingValues,
    fields: ['t', 'h', 'p', 'w'].map((from, index) => ({
      name: ['Temperature_C', 'Humidity_pct', 'Precipitation_mm', 'Wind_Speed_kmh'][index],
      from,
    })),
  });
  expect(reasons).toEqual([
    expect.stringMatching(/found a format of \d+ characters, expected at most 16384/),
  ]);
});

test('a column of a measure that may be missing may be missing too, which is told with the file', async () => {
  const { rows, counts } = await ingest('t\n1\n', {
    constants,
    fields: [measured, { name: 'Humidity_pct', from: 'rh' }],
    required: [],
  });
  expect(rows).toEqual([{ ...nothing, Temperature_C: 1 }]);
  expect(counts.ignoredColumns).toEqual(['rh (not in the file)']);
});

test('a location is found in the name of a file of an archive', async () => {
  const archive = zipSync({ '10637.csv': strToU8('t\n1\n'), '10638.csv': strToU8('t\n2\n') });
  const { observations } = await ingest(Buffer.from(archive), {
    constants: { Date_Time: '2025-03-01 12:00:00' },
    fields: [{ name: 'Location', fromFileName: '(\\d+)' }, measured],
    required: [],
  });
  expect(observations.map(({ Location }) => Location)).toEqual(['10637', '10638']);
});

test('a format file inside an archive is one error, and the other files are read', async () => {
  const archive = zipSync({ '_format.json': strToU8('{}'), 'a.csv': strToU8('t\n1\n') });
  const { observations, reasons } = await ingest(Buffer.from(archive), {
    constants,
    fields: [measured],
    required: [],
  });
  expect(observations).toHaveLength(1);
  expect(reasons).toEqual([expect.stringContaining('expected it beside the archive')]);
});

test('rows in the documented order without a header need no list of fields', async () => {
  const { observations } = await ingest('Seoul,01.03.2025 12:00,1,2,3,4\n', {
    timezone: 'Asia/Seoul',
    fields: [{ name: 'Date_Time', format: '%d.%m.%Y %H:%M' }],
  });
  expect(observations).toMatchObject([{ Location: 'Seoul', Date_Time: '2025-03-01 03:00:00' }]);
});

test('a header whose names nobody knows is not read as data in the documented order', async () => {
  const { observations, reasons } = await ingest('a,b,c,d,e,f\nSeoul,2025-03-01 12:00:00,1,2,3,4\n', {
    timezone: 'UTC',
  });
  expect(observations).toEqual([]);
  expect(reasons).toHaveLength(1);
});

test('the example in the documentation is a format file', () => {
  const docs = readFileSync(new URL('../../../../../docs/files.md', import.meta.url), 'utf8');
  const [, example = ''] = /```json\n(.*?)```/s.exec(docs) ?? [];
  expect(parseFormatFile(Buffer.from(example)).fields.Wind_Speed_kmh).toMatchObject({
    unit: 'm/s',
    scale: 0.1,
  });
});

test('an expression for a file name takes linear time', async () => {
  const begun = process.cpuUsage();
  await ingest(
    't\n1\n',
    { fields: [{ name: 'Location', fromFileName: '^(a+)+$' }, measured] },
    `${'a'.repeat(200)}!`,
  );
  expect(process.cpuUsage(begun).user).toBeLessThan(5_000_000);
});

test('a format file is no data', async () => {
  const { counts, errors, observations } = await ingestFile(Buffer.from('{"timezone":"UTC"}'), {
    name: 'incoming/observations/a/_format.json',
  });
  expect({ errors, observations }).toEqual({ errors: [], observations: [] });
  expect(counts).toMatchObject({ rowsRead: 0, rowsSkipped: 1 });
});

test('a wrong format file is one error, with its path', async () => {
  const { counts, errors } = await ingestFile(Buffer.from('{"timezone":"KST"}'), {
    name: 'incoming/observations/a/_format.json',
  });
  expect(errors).toMatchObject([
    { error_type: 'FORMAT_MISMATCH', error_reason: expect.stringContaining('timezone: found "KST"') },
  ]);
  expect(counts).toMatchObject({ rowsRead: 1, rowsRefused: 1 });
});

test('a file under a wrong format file is refused whole, with the cause', async () => {
  const { counts, errors, observations } = await ingestFile(
    Buffer.from('Seoul,2025-03-01 12:00:00,1,2,3,4\n'),
    {
      format: '{"timezone":"KST"}',
    },
  );
  expect(observations).toEqual([]);
  expect(errors).toMatchObject([{ error_reason: expect.stringContaining('timezone: found "KST"') }]);
  expect(counts).toMatchObject({ rowsRead: 1, rowsRefused: 1 });
});
