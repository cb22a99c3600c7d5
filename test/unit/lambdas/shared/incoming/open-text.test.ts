import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { gunzip } from '../../../../../lambdas/shared/incoming/compression.ts';
import { type Delimiter, tokenizeCsv } from '../../../../../lambdas/shared/incoming/csv.ts';
import { openText, partsOf } from '../../../../../lambdas/shared/incoming/open-text.ts';

/** A row looks right if it is made of the names `place` and `value`, or has two cells. */
const score = (cells: readonly string[]) =>
  cells.filter((cell) => ['place', 'value'].includes(cell)).length * 100 + (cells.length === 2 ? 1 : 0);

async function* inChunks(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += chunkBytes)
    yield Buffer.from(bytes.subarray(from, from + chunkBytes));
}

interface Read {
  readonly member?: string;
  readonly kind: string;
  readonly encoding: string;
  readonly text: string;
  readonly rows: readonly (readonly string[])[];
}

/** Each part of a file as text and, of CSV, as rows; or why it was refused. */
async function read(bytes: Uint8Array, chunkBytes = 7): Promise<(Read | string)[]> {
  const found: (Read | string)[] = [];
  try {
    for await (const { member, content } of partsOf(inChunks(bytes, chunkBytes)))
      try {
        const { layout, encoding, chunks } = await openText(content, { score });
        const pieces: Buffer[] = [];
        for await (const chunk of chunks) pieces.push(chunk);
        const text = Buffer.concat(pieces);
        found.push({
          ...(member !== undefined && { member }),
          kind: layout.kind,
          encoding: encoding.name,
          text: text.toString(),
          rows: layout.kind === 'csv' ? rowsOf(text, layout.delimiter) : [],
        });
      } catch (error) {
        found.push((error as Error).message);
      }
  } catch (error) {
    found.push((error as Error).message);
  }
  return found;
}

function rowsOf(text: Buffer, delimiter: Delimiter): (readonly string[])[] {
  const tokenizer = tokenizeCsv(delimiter);
  return [...tokenizer.push(text), ...tokenizer.end()].map(({ cells, malformed }) =>
    malformed ? [malformed] : cells,
  );
}

const rows = [
  ['place', 'value'],
  ['Seoul', '1.5'],
  ['Busan', '2'],
];
const csv = (delimiter = ',', newline = '\n') =>
  rows.map((cells) => cells.join(delimiter)).join(newline) + newline;
const utf16 = (text: string, isBigEndian = false) => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return isBigEndian ? bytes.swap16() : bytes;
};

describe('a file in a shape that people have is read as the rows it holds', () => {
  test.each<[string, Uint8Array]>([
    ...[',', ';', '\t', '|'].flatMap((delimiter): [string, Uint8Array][] =>
      ['\n', '\r\n', '\r'].map((newline) => [
        `delimiter ${JSON.stringify(delimiter)} and line end ${JSON.stringify(newline)}`,
        Buffer.from(csv(delimiter, newline)),
      ]),
    ),
    ['mixed line ends', Buffer.from('place,value\rSeoul,1.5\r\nBusan,2\n')],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${csv()}`)],
    ['UTF-16, little end first', utf16(csv('\t'))],
    ['UTF-16, big end first', utf16(csv(';'), true)],
    ['gzip', gzipSync(csv())],
    ['gzip of two members', Buffer.concat([gzipSync('place,value\nSeoul,1.5\n'), gzipSync('Busan,2\n')])],
    ['gzip of UTF-16', gzipSync(utf16(csv()))],
  ])('%s', async (_, bytes) => {
    expect(await read(bytes)).toMatchObject([{ rows }]);
    expect(await read(bytes, 10_000)).toMatchObject([{ rows }]);
  });
});

test('a ZIP archive is each of its files, without folders and what macOS adds', async () => {
  const archive = zipSync({
    'folder/a.csv': strToU8(csv()),
    '__MACOSX/folder/._a.csv': strToU8('x'),
    'b.csv': strToU8(csv(';')),
    'c.bin': new Uint8Array([0, 1, 2, 3, 0, 1, 2, 3]),
  });
  expect(await read(archive)).toMatchObject([
    { member: 'folder/a.csv', rows },
    { member: 'b.csv', rows },
    expect.stringContaining('binary data'),
  ]);
});

test('the delimiter is told by the known names, however many other characters stand in the rows', async () => {
  expect(await read(Buffer.from('a,b,c,d,e\nf,g,h,i,j\nplace;value\nSeoul;1,5\nBusan;2,5\n'))).toMatchObject([
    { rows: expect.arrayContaining([['Seoul', '1,5']]) },
  ]);
});

describe('single Latin letters and signs are windows-1252', () => {
  test.each(['Zürich', 'São Paulo', 'Määttä', 'L’Haÿ', 'Gießen', '20 °C', 'créée', '10 € – 5 µ'])(
    '%s',
    async (place) => {
      const bytes = Buffer.concat([Buffer.from('place,value\n'), windows1252(place), Buffer.from(',1\n')]);
      expect(await read(bytes)).toMatchObject([
        {
          encoding: 'windows-1252',
          rows: [
            ['place', 'value'],
            [place, '1'],
          ],
        },
      ]);
    },
  );

  test('also when the first of them comes late, wherever the chunks are cut', async () => {
    const ascii = `place,value\n${'Seoul,1\n'.repeat(40_000)}`;
    const bytes = Buffer.concat([Buffer.from(ascii), windows1252('Zürich,1\nSão Paulo,2\n')]);
    for (const chunkBytes of [65_536, 65_537, 1_000_000]) {
      const [file] = await read(bytes, chunkBytes);
      expect((file as Read).rows.slice(-2)).toEqual([
        ['Zürich', '1'],
        ['São Paulo', '2'],
      ]);
    }
  });
});

describe('text in a legacy encoding of another script is refused, and the encoding is named', () => {
  test.each<[string, number[]]>([
    ['CP949', [0xbc, 0xad, 0xbf, 0xef]],
    ['Shift-JIS', [0x93, 0x8c, 0x8b, 0x9e, 0x81, 0x40, 0x82, 0xcc]],
    ['windows-1251', [0xcc, 0xee, 0xf1, 0xea, 0xe2, 0xe0]],
    ['GBK', [0xb1, 0xb1, 0xbe, 0xa9]],
  ])('%s', async (name, place) => {
    const row = Buffer.concat([Buffer.from(place), Buffer.from(',1\n')]);
    const bytes = Buffer.concat([Buffer.from('place,value\n'), row, row, row]);
    expect(await read(bytes)).toEqual([expect.stringContaining(name)]);
    expect(await read(bytes)).toEqual([expect.stringContaining('save the file as UTF-8')]);
  });

  test('no text of Korean or Japanese bytes ever comes out as Latin letters', async () => {
    const korean = fc.array(
      fc.tuple(fc.integer({ min: 0xb0, max: 0xc8 }), fc.integer({ min: 0xa1, max: 0xfe })),
      {
        minLength: 1,
        maxLength: 8,
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(korean, { minLength: 2, maxLength: 5 }), async (places) => {
        const lines = places.map((place) => Buffer.from([...place.flat(), 0x2c, 0x31, 0x0a]));
        const [file] = await read(Buffer.concat([Buffer.from('place,value\n'), ...lines]));
        if (typeof file === 'string') expect(file).toContain('no UTF-8');
        // A pair that happens to be UTF-8 counts as that; the other rows are malformed.
        else expect(file?.encoding).toBe('utf-8');
      }),
      { numRuns: 300 },
    );
  });
});

describe('what is no text in rows is refused in words', () => {
  test.each<[string, Uint8Array, string]>([
    ['a web page', Buffer.from('<!DOCTYPE html><html></html>'), 'web page (HTML)'],
    ['XML', Buffer.from('<?xml version="1.0"?><a/>'), 'markup'],
    ['an Excel workbook', zipSync({ '[Content_Types].xml': strToU8('<x/>') }), 'workbook'],
    ['an archive without files', zipSync({ 'a/': new Uint8Array() }), 'without files'],
    ['PDF', Buffer.from('%PDF-1.7\n'), 'PDF'],
    ['Parquet', Buffer.from('PAR1\x15\x04'), 'Parquet'],
    ['UTF-16 without a mark', Buffer.from(csv(), 'utf16le'), 'byte order mark'],
    [
      'random bytes',
      Buffer.from(Array.from({ length: 4_000 }, (_, index) => (index * 7_919) % 251)),
      'binary',
    ],
    ['an object over several lines', Buffer.from('{\n  "hourly": {\n    "time": []\n  }\n}\n'), 'JSON array'],
    ['gzip that was cut off', gzipSync(Buffer.from(csv().repeat(500))).subarray(0, 40), 'broken gzip'],
    ['gzip in gzip', gzipSync(gzipSync(csv())), 'gzip inside another'],
    [
      'a ZIP archive that was cut off',
      zipSync({ 'a.csv': strToU8(csv().repeat(500)) }).subarray(0, 60),
      'broken ZIP archive',
    ],
  ])('%s', async (_, bytes, word) => {
    expect(await read(bytes)).toEqual([expect.stringContaining(word)]);
  });
});

test('a decompression bomb ends at the limits, by one error', async () => {
  const bomb = gzipSync(Buffer.alloc(20_000_000, 'a'));
  const drain = async (limits?: Parameters<typeof gunzip>[1]) => {
    for await (const _ of gunzip(inChunks(bomb, 65_536), limits));
  };
  await expect(drain()).rejects.toThrow('decompression bomb');
  await expect(drain({ bytes: 1_000_000, ratio: 10_000 })).rejects.toThrow('more than 1000000 bytes');
  const archive = zipSync({ 'bomb.csv': new Uint8Array(20_000_000) });
  expect(await read(archive, 65_536)).toEqual([expect.stringContaining('decompression bomb')]);
});

test('a NUL, or a byte that is no text, costs its row, wherever it stands', async () => {
  const [file] = await read(
    Buffer.concat([
      Buffer.from(csv()),
      Buffer.from('서울,1\n'),
      Buffer.from([0xff, 0x2c, 0x31, 0x0a]),
      Buffer.from('b\0,2\n'),
    ]),
  );
  expect(file).toMatchObject({
    encoding: 'utf-8',
    rows: [...rows, ['서울', '1'], ['invalid UTF-8'], ['b\0', '2']],
  });
});

test('any rows of text come out as they were written, in any shape and cut anywhere', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'é', 'Z', '1', ' ', '°'), minLength: 1, maxLength: 6 });
  const encode: Record<string, (text: string) => Buffer> = {
    'utf-8': (text) => Buffer.from(text),
    'utf-8 with a mark': (text) => Buffer.from(`\ufeff${text}`),
    'utf-16le': (text) => utf16(text),
    'utf-16be': (text) => utf16(text, true),
  };
  const shape = fc.record({
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    newline: fc.constantFrom('\n', '\r\n', '\r'),
    encoding: fc.constantFrom(...Object.keys(encode)),
    wrap: fc.constantFrom('plain', 'gzip', 'zip'),
    chunkBytes: fc.integer({ min: 1, max: 300 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 20 }), shape, async (data, how) => {
      const all = [['place', 'value'], ...data];
      const text = all.map((cells) => cells.join(how.delimiter)).join(how.newline);
      const bytes = encode[how.encoding]?.(text) ?? Buffer.alloc(0);
      const wrapped =
        { plain: bytes, gzip: gzipSync(bytes), zip: zipSync({ 'a.csv': bytes }) }[how.wrap] ?? bytes;
      expect(await read(wrapped, how.chunkBytes)).toMatchObject([{ rows: all }]);
    }),
    { numRuns: 400 },
  );
});

function windows1252(text: string): Buffer {
  const beyondLatin1: Record<string, number> = { '€': 0x80, '’': 0x92, '–': 0x96 };
  return Buffer.from([...text].map((each) => beyondLatin1[each] ?? each.charCodeAt(0)));
}
