import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '../../localstack/wait-for.ts';
import { type LandedRow, openDeployedPlatform } from './deployed-platform.ts';

let platform: ReturnType<typeof openDeployedPlatform>;
beforeAll(() => {
  platform = openDeployedPlatform();
});
afterAll(() => platform.close());

const kma = path.join(import.meta.dirname, '../../localstack/sample/formats/kma');
const header = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh';
const byRow = (a: LandedRow, b: LandedRow) => Number(a.row) - Number(b.row);

const landedOf = (source: string, rows: number) =>
  waitFor(
    `${rows} rows of ${source} in the lake`,
    async () => {
      const landed = (await platform.landedRows()).filter((row) => row.source === source);
      return landed.length >= rows && landed.sort(byRow);
    },
    { deadlineMs: 45_000, everyMs: 500 },
  );
const errorsOf = (fileName: string, rows: number) =>
  waitFor(
    `${rows} errors of ${fileName} in Postgres`,
    async () => {
      const sql = 'select * from error_weather_data where file_name like $1 order by line_number';
      const errors = await platform.rows<{ error_type: string; line_number: string; raw_row: string }>(sql, [
        `%${fileName}%`,
      ]);
      return errors.length >= rows && errors;
    },
    { deadlineMs: 45_000, everyMs: 500 },
  );

test('each valid row of a file lands once, and each invalid row is one error with type and line', async () => {
  const file = [
    `\uFEFF${header},Station`,
    '서울,2024-01-01 00:00:01,-12.5,55,0,10.1,S1',
    '"Sao Paulo, BR",2024-01-01 00:01:00,1e1,70,0.4,3,S2',
    'Busan,2024-02-30 00:00:00,3,50,0,4,S3',
    '',
    'Busan,2024-02-29 00:00:00,"1,5",50,0,4,S3',
    'Jeju,2024-02-29 00:00:00,,50,0,4,S3',
    'Jeju,2024-02-29 00:00:00,1e999,50,0,4,S3',
    '"broken, 2024-02-29 00:00:00,3,50,0,4',
    'Jeju,2024-02-29 00:00:01,3,50,0,4,S3',
  ].join('\r\n');
  const source = await platform.dropFile('every-kind.csv', file);

  await expect(platform.ingested(source)).resolves.toMatchObject({
    rows_read: '8',
    rows_valid: '3',
    rows_invalid: '5',
  });
  const landed = await landedOf(source, 3);
  expect(landed.map(({ row, location, temperature_c }) => [Number(row), location, temperature_c])).toEqual([
    [2, '서울', -12.5],
    [3, 'Sao Paulo, BR', 10],
    [10, 'Jeju', 3],
  ]);
  expect(landed[0]?.date_time).toEqual(new Date('2024-01-01T00:00:01Z'));
  const errors = await errorsOf('every-kind.csv', 5);
  expect(errors.map(({ error_type, line_number }) => [error_type, Number(line_number)])).toEqual([
    ['DATE_ERROR', 4],
    ['TYPE_ERROR', 6],
    ['MISSING_FIELD', 7],
    ['RANGE_ERROR', 8],
    ['MALFORMED_ROW', 9],
  ]);
});

test('a file lands as the format file in its folder says, and is refused under a wrong one', async () => {
  await platform.dropFile('kma/_format.json', readFileSync(path.join(kma, '_format.json')));
  const [name = ''] = readdirSync(kma).filter((each) => each !== '_format.json');
  const source = await platform.dropFile(`kma/${name}`, readFileSync(path.join(kma, name)));
  const landed = await landedOf(source, 4);
  expect(
    landed.map(({ location, date_time, temperature_c }) => [location, date_time, temperature_c]),
  ).toEqual([
    ['서울', new Date('2024-07-01T15:00:00Z'), 23.1],
    ['서울', new Date('2024-07-01T16:00:00Z'), 22.8],
    ['서울', new Date('2024-07-02T00:00:00Z'), 21.7],
    ['부산', new Date('2024-07-02T00:00:00Z'), 22.4],
  ]);
  await platform.dropFile('wrong/_format.json', '{"timezone": "KST"}');
  await platform.dropFile('wrong/a.csv', `${header}\nSeoul,2024-03-01 00:00:00,1,50,0,4\n`);
  const [error] = await errorsOf('wrong/a.csv', 1);
  expect(error).toMatchObject({
    error_type: 'FORMAT_MISMATCH',
    error_message: expect.stringContaining('timezone: found "KST"'),
  });
});

test('a file dropped twice lands and fails each row once', async () => {
  const file = `${header}\nOslo,2024-03-01 00:00:00,1,50,0,4\nOslo,x,1,50,0,4\n`;
  const source = await platform.dropFile('twice.csv', file);
  await landedOf(source, 1);
  await errorsOf('twice.csv', 1);
  await platform.dropFile('twice.csv', file);
  // A later file of the same city takes the same partition. Once it has landed, the repetition would have,
  // too.
  const later = await platform.dropFile(
    'after-twice.csv',
    `${header}\nOslo,2024-03-01 00:01:00,2,50,0,4\nOslo,y,1,50,0,4\n`,
  );
  await landedOf(later, 1);
  await errorsOf('after-twice.csv', 1);
  expect(await landedOf(source, 1)).toHaveLength(1);
  await expect(
    platform.rows("select 1 from error_weather_data where file_name like '%/twice.csv%'"),
  ).resolves.toHaveLength(1);
});

test('an unreadable file becomes one error row', async () => {
  const source = await platform.dropFile(
    'archive.csv',
    Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 0x4c]),
  );
  await expect(platform.ingested(source)).resolves.toMatchObject({ rows_valid: '0', rows_refused: '1' });
  await expect(errorsOf('archive.csv', 1)).resolves.toMatchObject([{ error_type: 'UNREADABLE_FILE' }]);
});

test('an empty file is ingested with zero rows', async () => {
  const source = await platform.dropFile('empty.csv', '');
  await expect(platform.ingested(source)).resolves.toMatchObject({
    rows_read: '0',
    rows_valid: '0',
    rows_invalid: '0',
  });
});
