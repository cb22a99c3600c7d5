import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { sourceId } from '../../../../../lambdas/shared/kafka/source.ts';
import { ingestFile } from '../../../../fixtures/ingest-file.ts';
import { runs } from '../../../../fixtures/runs.ts';

const folder = path.join(import.meta.dirname, '../../../../fixtures/incoming');
const header = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh';

const ingest = (content: Uint8Array, chunkBytes?: number) =>
  ingestFile(content, { ...(chunkBytes === undefined ? {} : { chunkBytes }) });

const bundled = (name: string) => ingest(readFileSync(path.join(folder, name)));

describe('a file in a shape that people have comes out right', () => {
  test.each<[string, number, number]>([
    ['semicolon.csv', 4, 0],
    ['tab.csv', 4, 0],
    ['units-header.csv', 4, 0],
    ['latin1.csv', 8, 0],
    ['objects.jsonl', 4, 0],
    ['gzipped.csv.gz', 4, 0],
    ['iso-z.csv', 4, 0],
    ['offset.csv', 4, 0],
    ['cr-only.csv', 4, 0],
    ['nul-in-one-row.csv', 3, 1],
    ['excel-zero-date.csv', 0, 1],
    ['conflict.csv', 2, 0],
    ['repeated-header.csv', 4, 0],
    ['sentinels.csv', 0, 12],
    ['corrected-upload-1.csv', 1, 1],
    ['corrected-upload-2-same-name.csv', 2, 0],
  ])('%s: %i valid, %i invalid', async (name, valid, invalid) => {
    const { counts, observations, errors } = await bundled(name);
    expect({ name, valid: observations.length, errors: errors.length }).toEqual({
      name,
      valid,
      errors: invalid,
    });
    expect(counts).toMatchObject({ rowsValid: valid, rowsInvalid: invalid, rowsRefused: 0 });
  });

  test('12:00+02:00 is 10:00 UTC', async () => {
    const { observations } = await bundled('offset.csv');
    expect(observations[0].Date_Time).toBe('2025-03-01 10:00:00');
  });

  test('windows-1252 names keep their letters', async () => {
    const { observations } = await bundled('latin1.csv');
    expect([...new Set(observations.map(({ Location }) => Location))]).toEqual(['Zürich', 'd19-São']);
  });

  test.each<[string, string]>([
    ['excel-zero-date.csv', 'plausible date, 1900 or later'],
    ['sentinels.csv', 'stands for a missing value'],
    ['nul-in-one-row.csv', 'control characters'],
  ])('a bad row of %s is told with its cause', async (name, reason) => {
    const { errors } = await bundled(name);
    expect(errors[0].error_reason).toContain(reason);
  });

  test.each<[string, string]>([
    ['duplicate-header.csv', '2 columns for Temperature_C'],
    ['openmeteo.csv', 'expected a header with Location'],
  ])('%s is refused as one error', async (name, reason) => {
    const { counts, observations, errors } = await bundled(name);
    expect(observations).toEqual([]);
    expect(errors).toMatchObject([
      { error_type: 'FORMAT_MISMATCH', error_reason: expect.stringContaining(reason) },
    ]);
    expect(errors[0].error_reason).toContain('drop the file again');
    expect(counts.rowsRefused).toBeGreaterThan(0);
    expect(counts).toMatchObject({ rowsValid: 0, rowsInvalid: 0, rowsRead: counts.rowsRefused });
  });
});

const seoul = 'Seoul,2025-03-01 12:00:00,10.5,60,0.1,5.2';
const values = { Location: 'Seoul', Date_Time: '2025-03-01 12:00:00', Temperature_C: 10.5, Humidity_pct: 60 };

describe('the rows are the same', () => {
  test.each<[string, string]>([
    [
      'with blanks and camelCase in the header',
      `location,dateTime,temperature C,humidityPct,precipitation_mm,WIND SPEED kmh\n${seoul}`,
    ],
    [
      'with a title and comments before the header',
      `Weather of March\n\n# source: station 7\n${header}\n${seoul}`,
    ],
    ['with a comment inside', `${header}\n# checked\n${seoul}`],
    ['with a footer', `${header}\n${seoul}\n\nTotal: 1 row\nEnd of report`],
    [
      'with decimal commas',
      `${header.replaceAll(',', ';')}\n${seoul.replaceAll(',', ';').replaceAll('.', ',')}`,
    ],
    ['without a header', `${seoul}`],
    ['with °F', `${header.replace('Temperature_C', 'Temperature (°F)')}\n${seoul.replace('10.5', '50.9')}`],
    [
      'with m/s',
      `${header.replace('Wind_Speed_kmh', 'Wind speed [m/s]')}\n${seoul.replace('5.2', '1.4444')}`,
    ],
    [
      'with inches',
      `${header.replace('Precipitation_mm', 'Precipitation (in)')}\n${seoul.replace('0.1', '0.003937')}`,
    ],
    ['with columns that nobody asked for', `id,${header},note\n7,${seoul},fine`],
    ['as a JSON array', JSON.stringify([{ ...values, Precipitation_mm: 0.1, Wind_Speed_kmh: '5.2', id: 7 }])],
    [
      'as JSON with other names',
      `{"location":"Seoul","dateTime":"2025-03-01T12:00:00Z","temperature":10.5,"relativeHumidity":60,"precipitation":0.1,"windSpeed":5.2}`,
    ],
  ])('%s', async (_, text) => {
    const { observations, errors } = await ingest(Buffer.from(text));
    expect(errors).toEqual([]);
    expect(observations).toEqual([
      {
        ...values,
        Precipitation_mm: expect.closeTo(0.1, 3),
        Wind_Speed_kmh: expect.closeTo(5.2, 2),
        retry: 0,
      },
    ]);
  });
});

test('a refusal says which columns to rename and which to add', async () => {
  const { errors } = await bundled('openmeteo.csv');
  expect(errors[0].error_reason).toContain(
    'Rename "time" to Date_Time, "temperature_2m (°C)" to Temperature (°C), "relative_humidity_2m (%)" to Humidity (%), ' +
      '"wind_speed_10m (km/h)" to Wind Speed (km/h); add Location; drop the file again.',
  );
});

test('columns that no field takes are told', async () => {
  const { counts } = await ingest(Buffer.from(`id,${header},note\n7,${seoul},fine\n`));
  expect(counts.ignoredColumns).toEqual(['id', 'note']);
});

test('a header inside with another order says where the fields are behind it', async () => {
  const other = 'Location,Date_Time,Humidity_pct,Temperature_C,Precipitation_mm,Wind_Speed_kmh';
  const swapped = 'Busan,2025-03-01 12:00:00,61,11.5,0,5';
  const { observations, errors } = await ingest(Buffer.from(`${header}\n${seoul}\n${other}\n${swapped}\n`));
  expect(errors).toEqual([]);
  expect(observations).toMatchObject([values, { Location: 'Busan', Temperature_C: 11.5, Humidity_pct: 61 }]);
});

test('rows behind a header that lacks a column are errors, and not read by the header before it', async () => {
  const { observations, errors } = await ingest(
    Buffer.from(`${header}\n${seoul}\nLocation,Date_Time,Temperature_C\nBusan,2025-03-01 12:00:00,1\n`),
  );
  expect(observations).toHaveLength(1);
  expect(errors).toMatchObject([{ error_reason: expect.stringContaining('the header in line 3') }]);
});

test('each file of an archive has rows of its own', async () => {
  const archive = zipSync({
    'a.csv': strToU8(`${header}\n${seoul}\n`),
    'b.csv': strToU8(`${header}\n${seoul}\nx\ny,z\n`),
  });
  const { counts, errors, headers } = await ingest(archive, 100);
  expect(counts).toMatchObject({ rowsValid: 2, rowsInvalid: 2 });
  expect(errors.map(({ file_name }) => file_name)).toEqual(['a.csv/b.csv', 'a.csv/b.csv']);
  expect(new Set(headers.map(({ source }) => source))).toEqual(
    new Set(['a.csv/a.csv@e', 'a.csv/b.csv@e'].map(sourceId)),
  );
});

describe('a file that does not fit is refused whole', () => {
  const many = (row: (index: number) => string) =>
    Array.from({ length: 1_200 }, (_, index) => row(index)).join('\n');

  test.each<[string, string, string]>([
    [
      'dates whose order of day and month is not known',
      `${header}\n${many(() => 'Seoul,03/04/2025,1,50,0,5')}`,
      'ISO 8601',
    ],
    ['a date without a time', `${header}\n${many(() => 'Seoul,2025-03-04,1,50,0,5')}`, 'Date_Time'],
    ['seconds since 1970', `${header}\n${many(() => 'Seoul,1741089600,1,50,0,5')}`, 'Date_Time'],
    [
      'Fahrenheit without a unit',
      `${header}\n${many((index) => `Seoul,2025-03-04 12:00:00,${70 + (index % 9)},50,0,5`)}`,
      'unit',
    ],
    [
      'six columns of which hardly a name is known, so that degrees Fahrenheit would pass for Celsius',
      'Station,Timestamp,Temp (°F),RH,Rain (in),Wind (mph)\nKestrel Ridge,2025-03-01 10:00,48.2,71,0.02,7',
      'Temp (°F)',
    ],
    [
      'an unknown unit',
      `${header.replace('Wind_Speed_kmh', 'Wind speed (furlong/h)')}\n${seoul}`,
      'furlong/h',
    ],
  ])('%s', async (_, text, remedy) => {
    const { counts, observations, errors } = await ingest(Buffer.from(text));
    expect(observations).toEqual([]);
    expect(errors).toMatchObject([{ error_type: 'FORMAT_MISMATCH', raw_row: null }]);
    expect(errors[0].error_reason).toContain(remedy);
    expect(counts.rowsRefused).toBe(text.split('\n').length);
  });

  test('but not a short file, nor one of which some rows are good', async () => {
    const short = await ingest(Buffer.from(`${header}\n${'Seoul,bad,1,50,0,5\n'.repeat(19)}`));
    expect(short.counts).toMatchObject({ rowsInvalid: 19, rowsRefused: 0 });
    const mixed = await ingest(
      Buffer.from(`${header}\n${`${'Seoul,bad,1,50,0,5\n'.repeat(40)}${seoul}\n`.repeat(20)}`),
    );
    expect(mixed.counts).toMatchObject({ rowsInvalid: 800, rowsValid: 20, rowsRefused: 0 });
  });
});

const whole = { ...values, Precipitation_mm: 0.1, Wind_Speed_kmh: 5.2 };

test.each([
  ['that ends before its first element', `[}${JSON.stringify(whole)}]`],
  ['with another behind it', `${JSON.stringify([whole])}\n${JSON.stringify([whole])}`],
])('what stands behind a JSON array %s is an error', async (_, text) => {
  for (const chunkBytes of [1, 10_000]) {
    const { errors } = await ingest(Buffer.from(text), chunkBytes);
    expect(errors.at(-1)).toMatchObject({
      error_reason: expect.stringContaining('behind the end of the array'),
    });
  }
});

/** Files that a format file makes readable. */
const formatted = [
  {
    content: Buffer.from(
      'time;site;t\n1.3.2025 12;Seoul;105,1\n1.3.2025 13;Seoul;-;\n2.3.2025 00;Seoul;99,1\n',
    ),
    format: JSON.stringify({
      dialect: { delimiter: ';', encoding: 'windows-1252', skipInitialSpace: true },
      missingValues: ['-'],
      timezone: 'Asia/Seoul',
      fields: [
        { name: 'Location', from: 'site' },
        { name: 'Date_Time', from: 'time', format: '%d.%m.%Y %H' },
        { name: 'Temperature_C', from: 't', scale: 0.1, split: ',', acceptFlags: ['1'] },
      ],
      required: [],
    }),
  },
  {
    content: Buffer.from('2025-03-01,0,5.1,80,0,16\n2025-03-01,1,5.4,,"0,2",\n2025-03-01,2,,,,\n'),
    format: JSON.stringify({
      dialect: { header: false, decimalChar: ',' },
      constants: { Location: 'Seoul' },
      fields: [
        { name: 'Date_Time', from: [1, 2], format: '%Y-%m-%d %H' },
        { name: 'Temperature_C', from: 3, decimalChar: '.' },
        { name: 'Humidity_pct', from: 4 },
        { name: 'Precipitation_mm', from: 5 },
        { name: 'Wind_Speed_kmh', from: 6, unit: 'm/s' },
      ],
      required: ['Date_Time'],
    }),
  },
  {
    content: Buffer.from(
      `${JSON.stringify({ dt: '20250301', main: { temp: 281.5, rh: null } })}\n`.repeat(4),
    ),
    format: JSON.stringify({
      constants: { Location: 'Seoul' },
      fields: [
        { name: 'Date_Time', from: 'dt', format: '%Y%m%d' },
        { name: 'Temperature_C', from: 'main.temp', unit: 'K' },
        { name: 'Humidity_pct', from: 'main.rh' },
      ],
      required: [],
    }),
  },
];

test('no mutated file loses a row silently', async () => {
  const good = Buffer.from(`${header}\n${`${seoul}\nBusan,2025-03-01T12:00:00Z,abc,60,0,5\n`.repeat(4)}`);
  const seeds: Buffer[] = [
    good,
    Buffer.from(`\ufeff${good}`),
    Buffer.from(good.toString().replaceAll('\n', '\r\n')),
    Buffer.from(good.toString().replaceAll('\n', '\r')),
    Buffer.from(good.toString().replaceAll(',', ';')),
    Buffer.from(good.toString(), 'utf16le'),
    Buffer.from(`\ufeff${good}`, 'utf16le'),
    Buffer.from(good.toString().replaceAll('Seoul', 'Zürich'), 'latin1'),
    Buffer.from(good.toString().replaceAll('Seoul', '"Se""oul"')),
    gzipSync(good),
    Buffer.from(zipSync({ 'a.csv': good, 'b.csv': good })),
    Buffer.from(`${JSON.stringify(values)}\n`.repeat(5)),
    Buffer.from(JSON.stringify([values, values, values])),
    ...formatted.map(({ content }) => content),
  ];
  const formatOf = (seed: number) => formatted[seed - (seeds.length - formatted.length)]?.format;
  const mutation = fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at: fc.nat(2_000), byte: fc.nat(255) }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat(2_000), bytes: fc.nat(100) }),
    fc.record({ kind: fc.constant('end' as const), at: fc.nat(2_000) }),
    fc.record({
      kind: fc.constant('insert' as const),
      at: fc.nat(2_000),
      piece: fc.constantFrom(...'\n|\r|"|\0|,|;|#|{|[|\t|é|서|<'.split('|'), '\n\n'),
    }),
    fc.record({ kind: fc.constant('append' as const), seed: fc.nat(seeds.length - 1) }),
  );
  const apply = (
    bytes: Buffer,
    change: typeof mutation extends fc.Arbitrary<infer T> ? T : never,
  ): Buffer => {
    const at = 'at' in change ? change.at % (bytes.length + 1) : 0;
    switch (change.kind) {
      case 'flip':
        return Buffer.concat([bytes.subarray(0, at), Buffer.from([change.byte]), bytes.subarray(at + 1)]);
      case 'cut':
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + change.bytes)]);
      case 'end':
        return bytes.subarray(0, at);
      case 'insert':
        return Buffer.concat([bytes.subarray(0, at), Buffer.from(change.piece), bytes.subarray(at)]);
      case 'append':
        return Buffer.concat([bytes, seeds[change.seed] ?? bytes]);
    }
  };
  let counted = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(seeds.length - 1),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 500 }),
      async (seed, changes, chunkBytes) => {
        const content = changes.reduce(apply, seeds[seed] ?? good);
        const { counts, observations, errors } = await ingestFile(content, {
          format: formatOf(seed),
          chunkBytes,
        });
        const { rowsRead, rowsValid, rowsInvalid, rowsSkipped, rowsRefused } = counts;
        expect(rowsRead).toBe(rowsValid + rowsInvalid + rowsRefused);
        expect(observations).toHaveLength(rowsValid);
        expect(errors.length).toBeGreaterThanOrEqual(rowsInvalid + (rowsRefused > 0 ? 1 : 0));
        expect(errors.length).toBeLessThanOrEqual(rowsInvalid + rowsRefused);
        const isPlainText = /^[\x20\x21\x23-\x7e\t\r\n]*$/.test(content.toString('latin1'));
        if (isPlainText && !/^\s*[[{<]/.test(content.toString())) {
          counted++;
          const lines = content
            .toString()
            .split(/\r\n|\r|\n/)
            .filter((line) => line !== '');
          expect(rowsRead + rowsSkipped).toBe(lines.length);
        }
        if (rowsRead + rowsSkipped === 0)
          expect(content.toString('utf8').replaceAll(/[\s\0\ufeff\ufffd]/g, '').length).toBeLessThan(40);
      },
    ),
    runs({ all: 20_000, few: 2_000 }),
  );
  expect(counted).toBeGreaterThan(100);
});
