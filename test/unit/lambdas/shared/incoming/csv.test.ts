import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { maxRecordBytes, tokenizeCsv } from '../../../../../lambdas/shared/incoming/csv.ts';

function tokenize(file: Buffer, chunkBytes = file.length || 1) {
  const tokenizer = tokenizeCsv();
  const records = [];
  for (let from = 0; from < file.length; from += chunkBytes) {
    records.push(...tokenizer.push(file.subarray(from, from + chunkBytes)));
  }
  return [...records, ...tokenizer.end()];
}

const summary = (file: string | Buffer) =>
  tokenize(Buffer.from(file)).map(({ line, cells, malformed }) =>
    malformed ? `${line} ${malformed}` : [line, ...cells],
  );

describe('tokenizeCsv', () => {
  test.each([
    [
      'plain lines',
      'a,b\nc,d\n',
      [
        [1, 'a', 'b'],
        [2, 'c', 'd'],
      ],
    ],
    [
      'a last line without an end',
      'a,b\nc,d',
      [
        [1, 'a', 'b'],
        [2, 'c', 'd'],
      ],
    ],
    [
      'CRLF',
      'a,b\r\nc,d\r\n',
      [
        [1, 'a', 'b'],
        [2, 'c', 'd'],
      ],
    ],
    ['a byte order mark', '\ufeffa,b\n', [[1, 'a', 'b']]],
    ['a byte order mark before a quote', '\ufeff"a",b\n', [[1, 'a', 'b']]],
    [
      'blank lines, which count as lines',
      '\n\r\na\n\nb\n',
      [
        [3, 'a'],
        [5, 'b'],
      ],
    ],
    [
      'empty cells',
      ',\n,,\n',
      [
        [1, '', ''],
        [2, '', '', ''],
      ],
    ],
    ['an empty file', '', []],
    [
      'Korean',
      '서울,1\n"부산, 해운대",2\n',
      [
        [1, '서울', '1'],
        [2, '부산, 해운대', '2'],
      ],
    ],
    ['quoted commas and doubled quotes', '"a,b","c ""d"""\n', [[1, 'a,b', 'c "d"']]],
    [
      'quoted line ends, which count as lines',
      '"a\nb\r\nc",d\ne\n',
      [
        [1, 'a\nb\r\nc', 'd'],
        [4, 'e'],
      ],
    ],
    [
      'a quoted cell before CRLF',
      'a,"b"\r\nc\r\n',
      [
        [1, 'a', 'b'],
        [2, 'c'],
      ],
    ],
    ['a quoted cell before the end of the file', 'a,"b"', [[1, 'a', 'b']]],
    ['a quote inside an unquoted cell, as itself', 'a"b,c\n', [[1, 'a"b', 'c']]],
    [
      'an unclosed quote, at the cost of its line',
      'a\n"b,c\nd\ne\n',
      [[1, 'a'], '2 unclosed quote', [3, 'd'], [4, 'e']],
    ],
    [
      'two unclosed quotes',
      '"a,1\nb,2\n"c,3\nd,4\n',
      ['1 text after a closing quote', [2, 'b', '2'], '3 unclosed quote', [4, 'd', '4']],
    ],
    ['text after a closing quote', '"a"b,c\nd\n', ['1 text after a closing quote', [2, 'd']]],
  ])('reads %s', (_, file, expected) => {
    expect(summary(file)).toEqual(expected);
  });

  test('rejects only the lines that are not UTF-8', () => {
    const file = Buffer.concat([
      Buffer.from('서울,1\n'),
      Buffer.from([0xff, 0xfe, 0x0a]),
      Buffer.from('b,2\n"c"'),
      Buffer.from([0x2c, 0xc3, 0x0a]),
    ]);
    expect(summary(file)).toEqual([[1, '서울', '1'], '2 invalid UTF-8', [3, 'b', '2'], '4 invalid UTF-8']);
  });

  test('rejects a line of 10 MB, keeps its start, and reads on', () => {
    const file = Buffer.concat([Buffer.from('a\n'), Buffer.alloc(10_000_000, 'x'), Buffer.from('\nb\n')]);
    const records = tokenize(file, 65_536);
    expect(records.map(({ line }) => line)).toEqual([1, 2, 3]);
    expect(records[1]).toMatchObject({
      malformed: `10000000 bytes long, expected at most ${maxRecordBytes}`,
      rawBytes: 10_000_000,
    });
    expect(records[1]?.raw.length).toBeLessThan(10_000);
  });

  test('gives up an unclosed quote at the longest record, and loses none of the lines behind it', () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => `row ${index},${'x'.repeat(20)}`);
    const records = tokenize(Buffer.from(`"open,1\n${lines.join('\n')}\n`), 65_536);
    expect(records[0]).toMatchObject({ line: 1, malformed: 'unclosed quote' });
    expect(records.slice(1).map(({ raw }) => raw)).toEqual(lines);
  });

  test('reads back any rows that were written by the rules, wherever the chunks are cut', () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', '서', '😀', ' '),
      maxLength: 6,
    });
    const row = fc
      .array(cell, { minLength: 1, maxLength: 4 })
      .filter((cells) => cells.length > 1 || cells[0] !== '');
    const property = fc.property(
      fc.array(row),
      fc.boolean(),
      fc.integer({ min: 1, max: 40 }),
      (rows, isCrLf, chunkBytes) => {
        const quoted = rows.map((cells) =>
          cells.map((text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)),
        );
        const file = quoted.map((cells) => cells.join(',')).join(isCrLf ? '\r\n' : '\n');
        expect(tokenize(Buffer.from(file), chunkBytes).map(({ cells }) => cells)).toEqual(rows);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  test('reads any bytes alike, wherever the chunks are cut', () => {
    const byte = fc.constantFrom(0x61, 0x2c, 0x22, 0x0a, 0x0d, 0xc3, 0xa9, 0xff, 0xef, 0xbb, 0xbf);
    const property = fc.property(
      fc.array(byte, { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      (bytes, chunkBytes) => {
        const file = Buffer.from(bytes);
        expect(tokenize(file, chunkBytes)).toEqual(tokenize(file));
      },
    );
    fc.assert(property, { numRuns: 2_000 });
  });
});
