import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '../../localstack/wait-for.ts';
import { errorsCli } from '../fixtures/errors-cli.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

let platform: ReturnType<typeof openDeployedPlatform>;
let errors: ReturnType<typeof errorsCli>;
beforeAll(() => {
  platform = openDeployedPlatform();
  errors = errorsCli(platform.endpoints);
});
afterAll(() => platform.close());

const header = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh';
const waiting = { deadlineMs: 60_000, everyMs: 250 };

const errorsOf = (name: string, count: number) =>
  waitFor(
    `${count} errors of ${name}`,
    async () => {
      const rows = await platform.rows<{ id: string; processing_status: string }>(
        'select id, processing_status from error_weather_data where strpos(file_name, $1) > 0 order by id',
        [name],
      );
      return rows.length >= count && rows;
    },
    waiting,
  );
const locationsLanded = async (prefix: string) =>
  (await platform.landedRows()).map(({ location }) => location).filter((each) => each.startsWith(prefix));

test('a refused file that is redriven and refused again is a second error, and one that is deleted is told', async () => {
  const name = `refused-${Date.now()}.csv`;
  await platform.dropFile(name, '<html><body>Not found</body></html>');
  const [first] = await errorsOf(name, 1);

  const told = await errors('redrive', String(first?.id));
  expect(told).toContain('1 redriven');
  expect(told).toContain(`asked to ingest again: incoming/observations/${name}`);
  const [old, second, ...others] = await errorsOf(name, 2);
  expect(old?.processing_status).toBe('REDRIVEN');
  expect(second?.processing_status).toBe('NEW');
  expect(others).toEqual([]);

  await platform.remove(`incoming/observations/${name}`);
  expect(await errors('redrive', String(second?.id))).toContain('was deleted: drop it again');
  expect((await errorsOf(name, 2)).at(-1)?.processing_status).toBe('NEW');
});

test('a refused file lands with the format file that its error offers, filled in, once it is redriven', async () => {
  const folder = `odd-${Date.now()}`;
  const name = `${folder}/hours.csv`;
  const hours = ['time;temp;rh', '2024-05-01 00:00;9.5;71', '2024-05-01 01:00;9;72'].join('\n');
  await platform.dropFile(name, hours);
  const [refused] = await errorsOf(name, 1);

  const reasonOf = async (id: unknown): Promise<string> =>
    JSON.parse(await errors('show', String(id), '--json')).reason;
  const offered = /_format\.json.*?: (\{.*\})$/s.exec(await reasonOf(refused?.id))?.[1] ?? '';
  // Dropped as it is, its blank is a fault: the file stays refused, and the error says what to fill in.
  await platform.dropFile(`${folder}/_format.json`, offered);
  await errors('redrive', String(refused?.id));
  const [, again] = await errorsOf(name, 2);
  expect(await reasonOf(again?.id)).toContain('<Location>');

  await platform.dropFile(`${folder}/_format.json`, offered.replace('<Location>', folder));
  await errors('redrive', String(again?.id));
  await waitFor('both rows in the lake', async () => (await locationsLanded(folder)).length >= 2, waiting);
  expect(await locationsLanded(folder)).toEqual([folder, folder]);
});

test('rows that were corrected in an exported file land, each once, with thousands of others', async () => {
  const place = `Sheet ${Date.now()}`;
  const bad = Array.from({ length: 10_000 }, (_, n) => `${place} ${n},2024-05-01 00:00:00,abc,50,0,4`);
  const good = Array.from({ length: 200 }, (_, n) => `${place} good ${n},2024-05-01 00:00:00,1,50,0,4`);
  const name = `${place.replace(' ', '-')}.csv`;
  await platform.dropFile(name, [header, ...good, ...bad].join('\n'));
  await errorsOf(name, bad.length);

  const dir = await mkdtemp(path.join(tmpdir(), 'operator-'));
  try {
    const sheet = path.join(dir, 'bad.csv');
    await errors('export', '--file', name, '--to', sheet);
    await writeFile(sheet, (await readFile(sheet, 'utf8')).replaceAll(',abc,', ',1.5,'));
    expect(await errors('import', sheet)).toContain('10,000 corrected: 10,000 valid, 0 still wrong');
  } finally {
    await rm(dir, { recursive: true });
  }
  expect(await errors('redrive', '--file', name)).toContain('10000 redriven');
  const landed = await waitFor(
    'all rows in the lake',
    async () => {
      const locations = await locationsLanded(place);
      return locations.length >= bad.length + good.length && locations;
    },
    { deadlineMs: 120_000, everyMs: 1_000 },
  );
  expect(new Set(landed).size).toBe(landed.length);
  expect(await errors('summary', '--file', name)).toContain('No errors.');
});
