import { expect, test } from '@jest/globals';
import { parseFormatFile } from '../../../../../lambdas/weather/ingest-observations/format-file.ts';

const parsed = (format: unknown) => parseFormatFile(Buffer.from(JSON.stringify(format)));
const field = (words: Record<string, unknown>) => ({
  fields: [{ name: 'Temperature_C', from: 'temp', ...words }],
});
const time = (words: Record<string, unknown>) => ({
  fields: [{ name: 'Date_Time', from: 'time', ...words }],
});

test.each<[unknown, string]>([
  [field({ unit: 'Kelvins' }), 'fields[0].unit: found "Kelvins", expected one of °C, °F, K'],
  [field({ scale: 0 }), 'fields[0].scale: found 0, expected a number other than 0'],
  [field({ scale: '0.1' }), 'fields[0].scale: found "0.1"'],
  [field({ from: 0 }), 'fields[0].from: found 0, expected a whole number from 1 on'],
  [field({ from: [] }), 'fields[0].from: found [], expected at least one column'],
  [field({ from: ['a', {}] }), 'fields[0].from[1]: found {}, expected text'],
  [field({ from: '<column>' }), 'fields[0].from: found "<column>", expected this blank to be filled in'],
  [field({ split: ';;' }), 'fields[0].split: found ";;", expected one character'],
  [field({ acceptFlags: ['1'] }), 'fields[0].split: found nothing, expected a delimiter'],
  [field({ split: ',', acceptFlags: '1' }), 'fields[0].acceptFlags: found "1", expected a list'],
  [field({ split: ',', acceptFlags: { x: ['1'] } }), 'expected lists by the number of a part'],
  [field({ split: { delimeter: ',' } }), 'fields[0].split.delimeter: unknown member, expected one of'],
  [field({ format: '%Y' }), 'fields[0].format: unknown member of Temperature_C'],
  [field({ fromFileName: '(\\d+)' }), 'expected either from or fromFileName'],
  [field({ timezone: 'UTC' }), 'fields[0].timezone: unknown member, write it at the top'],
  [field({ Unit: 'K' }), 'fields[0].Unit: unknown member, did you mean unit?'],
  [field({ constraints: { minimum: 3 } }), 'fields[0].constraints.minimum: unknown member'],
  [field({ missingValues: 'x' }), 'fields[0].missingValues: found "x", expected a list'],
  [
    { fields: [{ name: 'Temp', from: 'x' }] },
    'fields[0].name: found "Temp", expected one of Location, Date_Time',
  ],
  [{ fields: [{ from: 'x' }] }, 'fields[0].name: found nothing'],
  [
    { fields: [{ name: 'Location', fromFileName: '(' }] },
    'fields[0].fromFileName: found "(", expected a regular',
  ],
  [{ fields: [{ name: 'Location', fromFileName: '(a)\\1' }] }, 'without references'],
  [{ fields: [{ name: 'Location', from: 'x', unit: 'K' }] }, 'fields[0].unit: unknown member of Location'],
  [{ fields: {} }, 'fields: found {}, expected a list'],
  [time({ format: '%Y-%m-%d %K' }), '%K is not known'],
  [{ timezone: 'KST' }, 'timezone: found "KST", expected a zone such as Europe/Berlin'],
  [{ dialect: { encoding: 'klingon' } }, 'dialect.encoding: found "klingon", expected an encoding such as'],
  [{ dialect: { delimiter: '||' } }, 'dialect.delimiter: found "||", expected one character'],
  [{ dialect: { decimalChar: ';' } }, 'dialect.decimalChar: found ";", expected "." or ","'],
  [{ dialect: { quoteChar: "'" } }, `dialect.quoteChar: found "'", expected "\\"", others are not supported`],
  [{ dialect: { escapeChar: '\\' } }, 'dialect.escapeChar: unknown member'],
  [{ dialect: { header: 'no' } }, 'dialect.header: found "no", expected true or false'],
  [{ dialect: { headerRows: [0] } }, 'dialect.headerRows[0]: found 0'],
  [{ dialect: { header: false, headerRows: [1] } }, 'dialect.headerRows: found [1], expected none'],
  [{ dialect: { header: false }, ...field({}) }, 'expected numbers of columns, as dialect.header is false'],
  [{ dialect: { groupChar: '.' } }, 'dialect.groupChar: found ".", expected another character'],
  [{ schema: {} }, 'schema: unknown member, write fields and missingValues at the top'],
  [{ encoding: 'utf-8' }, 'encoding: unknown member, write it in dialect'],
  [{ missingvalues: [] }, 'missingvalues: unknown member, did you mean missingValues?'],
  [{ constants: { Station: 'x' } }, 'constants.Station: unknown member'],
  [{ constants: { Location: '<Location>' } }, 'constants.Location: found "<Location>", expected this blank'],
  [
    { constants: { Temperature_C: 1 }, ...field({}) },
    'constants.Temperature_C: found "1", expected it in constants or',
  ],
  [{ required: ['Temp'] }, 'required[0]: found "Temp"'],
  [
    { required: ['Temperature_C'], ...field({ constraints: { required: false } }) },
    'required: found ["Temperature_C"], expected no Temperature_C',
  ],
  [
    {
      fields: [
        { name: 'Location', from: 'a' },
        { name: 'Location', from: 'b' },
      ],
    },
    'expected Location once',
  ],
  [[], 'the file: found [], expected an object'],
])('%j is refused by its path', (format, reason) => {
  expect(() => parsed(format)).toThrow(expect.objectContaining({ errorType: 'FORMAT_MISMATCH' }));
  expect(() => parsed(format)).toThrow(reason);
});

test('every fault is told at once', () => {
  const format = { fields: [{ name: 'Temperature_C', from: 'temp', unit: 'x' }], timezone: 'x', other: 1 };
  expect(() => parsed(format)).toThrow(/fields\[0\].unit: .*; timezone: .*; other: unknown member/);
});

test.each<[string, Buffer, string]>([
  ['nothing', Buffer.alloc(0), 'found no JSON'],
  ['a comma too many', Buffer.from('{"fields": [],}'), 'found no JSON'],
  ['no UTF-8', Buffer.from([0x7b, 0xff]), 'it is no UTF-8'],
  ['too much', Buffer.alloc(70_000, ' '), 'found more than 65536 bytes'],
])('a format file with %s is refused', (_, content, reason) => {
  expect(() => parseFormatFile(content)).toThrow(reason);
});

test('a format file with a byte order mark, a title and a schema is read', () => {
  const text =
    '\ufeff{"$schema":"https://example.org/s.json","title":"t","description":"d","dialect":{"encoding":"CP949"}}';
  expect(parseFormatFile(Buffer.from(text)).dialect).toEqual({ encoding: 'euc-kr' });
});

test.each<[string, unknown, string[]]>([
  [
    'all fields, if it says nothing',
    {},
    ['Date_Time', 'Humidity_pct', 'Location', 'Precipitation_mm', 'Temperature_C', 'Wind_Speed_kmh'],
  ],
  ['location and time in any case', { required: [] }, ['Date_Time', 'Location']],
  ['those that it lists', { required: ['Temperature_C'] }, ['Date_Time', 'Location', 'Temperature_C']],
  [
    'those that a field requires',
    { required: [], ...field({ constraints: { required: true } }) },
    ['Date_Time', 'Location', 'Temperature_C'],
  ],
  [
    'not those that a field does not require',
    field({ constraints: { required: false } }),
    ['Date_Time', 'Humidity_pct', 'Location', 'Precipitation_mm', 'Wind_Speed_kmh'],
  ],
])('a format file requires %s', (_, format, required) => {
  expect([...parsed(format).required].sort()).toEqual(required);
});
