import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { parseFormatFile } from '../../../../../lambdas/weather/ingest-observations/format-file.ts';
import { ingestFile } from '../../../../fixtures/ingest-file.ts';

const samples = path.join(import.meta.dirname, '../../../../../localstack/sample/formats');

function sample(name: string): Buffer {
  const [file = ''] = readdirSync(path.join(samples, name)).filter((each) => each !== '_format.json');
  return readFileSync(path.join(samples, name, file));
}

/** The format file that the refusal of a file offers. */
async function offered(content: Uint8Array): Promise<string> {
  const { errors, observations } = await ingestFile(content);
  expect(observations).toEqual([]);
  expect(errors).toHaveLength(1);
  return /_format\.json.*?: (\{.*\})$/s.exec(errors[0].error_reason)?.[1] ?? '';
}

const columns = 'date,hour,temp,dwpt,rhum,prcp,snow,wdir,wspd,wpgt,pres,tsun,coco';
const meteostat = Buffer.concat([Buffer.from(`${columns}\n`), sample('meteostat')]);

test.each<[string, Buffer, Record<string, string>, object[]]>([
  [
    'Korean in CP949, without a blank to fill in',
    sample('kma'),
    {},
    [
      { Location: '108', Date_Time: '2024-07-01 15:00:00', Precipitation_mm: null, Wind_Speed_kmh: 7.56 },
      { Location: '108', Date_Time: '2024-07-01 16:00:00', Precipitation_mm: 0.5, Wind_Speed_kmh: 6.84 },
      { Location: '108', Date_Time: '2024-07-02 00:00:00' },
      { Location: '159', Date_Time: '2024-07-02 00:00:00', Humidity_pct: null },
    ],
  ],
  [
    'Open-Meteo, with the location to fill in',
    sample('open-meteo'),
    { '<Location>': 'Berlin' },
    [
      { Location: 'Berlin', Date_Time: '2025-03-01 00:00:00', Temperature_C: 5.1, Wind_Speed_kmh: 11.2 },
      { Location: 'Berlin', Date_Time: '2025-03-01 01:00:00' },
      { Location: 'Berlin', Date_Time: '2025-03-01 02:00:00' },
    ],
  ],
  [
    'Meteostat with a header, with the location to fill in',
    meteostat,
    { '<Location>': '10637' },
    [
      { Location: '10637', Date_Time: '2024-01-01 00:00:00', Temperature_C: 5.6, Wind_Speed_kmh: 16.6 },
      { Date_Time: '2024-01-01 01:00:00' },
      { Date_Time: '2024-01-01 02:00:00', Precipitation_mm: null },
      { Date_Time: '2024-01-01 23:00:00', Wind_Speed_kmh: null },
    ],
  ],
  [
    'hours without marks between the digits, and semicolons',
    Buffer.from('STATIONS_ID;MESS_DATUM;QN_9;TT_TU;RF_TU;eor\n433;2024010100;3;6.9;81.0;eor\n'),
    {},
    [{ Location: '433', Date_Time: '2024-01-01 00:00:00', Temperature_C: 6.9, Humidity_pct: 81 }],
  ],
  [
    'local standard time, with its zone to fill in',
    sample('eccc').subarray(0, sample('eccc').indexOf('\n', sample('eccc').indexOf('\n') + 1) + 1),
    { '<zone of LST>': '-05:00' },
    [
      {
        Location: 'OTTAWA CDA RCS',
        Date_Time: '2024-01-01 05:00:00',
        Temperature_C: -2.1,
        Wind_Speed_kmh: 9,
      },
    ],
  ],
  [
    'a day and month in an order that nobody can tell',
    Buffer.from('Station,Date,Temp\nSeoul,03/04/2025 12:00,10\n'),
    { '<%d/%m/%Y %H:%M or %m/%d/%Y %H:%M>': '%d/%m/%Y %H:%M' },
    [{ Location: 'Seoul', Date_Time: '2025-04-03 12:00:00', Temperature_C: 10 }],
  ],
])('the offered format file makes a file readable: %s', async (_, content, filled, rows) => {
  const offer = await offered(content);
  const format = Object.entries(filled).reduce((text, [blank, value]) => {
    expect(text).toContain(blank);
    return text.replaceAll(blank, value);
  }, offer);
  if (Object.keys(filled).length > 0) expect(() => parseFormatFile(Buffer.from(offer))).toThrow('blank');
  const { observations, errors } = await ingestFile(content, { format });
  expect(errors.map(({ error_reason }) => error_reason)).toEqual([]);
  expect(observations).toMatchObject(rows);
});

const header = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh';
const many = (row: string) => Buffer.from(`${header}\n${`${row}\n`.repeat(30)}`);

test.each<[string, Buffer, Record<string, string>, object]>([
  [
    'times in another pattern',
    many('Seoul,20250301 12:00,1,2,3,4'),
    {},
    { Date_Time: '2025-03-01 12:00:00' },
  ],
  [
    'times whose day and month nobody can tell apart',
    many('Seoul,03/04/2025 12:00,1,2,3,4'),
    { '<%d/%m/%Y %H:%M or %m/%d/%Y %H:%M>': '%m/%d/%Y %H:%M' },
    { Date_Time: '2025-03-04 12:00:00' },
  ],
  ['another unit', many('Seoul,2025-03-01 12:00:00,77,2,3,4'), { '<°F or K>': '°F' }, { Temperature_C: 25 }],
  [
    'times in a zone that the header only hints at',
    Buffer.from(many('Seoul,2025-03-01 12:00:00,1,2,3,4').toString().replace('Date_Time', 'Date/Time (KST)')),
    { '<zone of KST>': 'Asia/Seoul' },
    { Date_Time: '2025-03-01 03:00:00' },
  ],
])('where the columns are known, only the rest is offered: %s', async (_, content, filled, row) => {
  const offer = await offered(content);
  expect(offer).not.toContain('"from"');
  const format = Object.entries(filled).reduce((text, [blank, value]) => text.replace(blank, value), offer);
  const { observations, errors } = await ingestFile(content, { format });
  expect(errors).toEqual([]);
  expect(observations[0]).toMatchObject(row);
});

test('times in UTC may say so in the header', async () => {
  const content = many('Seoul,2025-03-01 12:00:00,1,2,3,4')
    .toString()
    .replace('Date_Time', 'Date/Time (UTC)');
  expect((await ingestFile(Buffer.from(content))).observations).toHaveLength(30);
});

test.each<[string, string, number]>([
  ['wind mph', '"from":"wind mph"}', 16.0934],
  ['wind_kts', '"from":"wind_kts"}', 18.52],
  ['WindMps', '"from":"WindMps"}', 36],
  ['ff [m/s]', '"from":"ff [m/s]"}', 36],
  ['wind', '"from":"wind","unit":"km/h"}', 10],
])(
  'an offer keeps the unit in a name, and shows the one that counts otherwise: %s',
  async (name, part, speed) => {
    const content = Buffer.from(`city,time,temp_f,${name}\nUlm,2026-01-01T00:00:00Z,50,10\n`);
    const format = await offered(content);
    expect(format).toContain(part);
    const { observations } = await ingestFile(content, { format });
    expect(observations).toMatchObject([{ Temperature_C: 10, Wind_Speed_kmh: speed }]);
  },
);

test('a refusal names a column with the unit at the end of its name', async () => {
  const { errors } = await ingestFile(Buffer.from('city,time,wind mph\nUlm,2026-01-01T00:00:00Z,10\n'));
  expect(errors[0].error_reason).toContain('"wind mph" to Wind Speed (mph)');
});

test.each([
  ['Wind_Speed_mph', 16.0934],
  ['windSpeedMps', 36],
  ['Wind Speed kt', 18.52],
  ['wind-speed-km/h', 10],
])('a unit at the end of a name that leaves no doubt is taken: %s', async (name, speed) => {
  const content = many('Seoul,2025-03-01 12:00:00,1,2,3,10').toString().replace('Wind_Speed_kmh', name);
  expect((await ingestFile(Buffer.from(content))).observations[0]).toMatchObject({ Wind_Speed_kmh: speed });
});

test.each([
  ['Ort;Datum;Temperatur (°C);Windgeschwindigkeit (m/s);Windrichtung', 36],
  ['Ville;Heure;Température (°C);Vent (km/h);Pluie', 10],
  ['Ciudad;Fecha;Temperatura (°C);Viento (kt);Lluvia', 18.52],
])('columns in other languages are offered: %s', async (names, speed) => {
  const content = Buffer.from(`${names}\nUlm;2026-01-01T00:00:00Z;7,5;10;0\n`);
  const { observations } = await ingestFile(content, { format: await offered(content) });
  expect(observations).toMatchObject([{ Location: 'Ulm', Temperature_C: 7.5, Wind_Speed_kmh: speed }]);
});

test('the number of a sensor is no unit', async () => {
  const content = many('Seoul,2025-03-01 12:00:00,1,0.5,3,10')
    .toString()
    .replace('Humidity_pct', 'humidity_1');
  expect((await ingestFile(Buffer.from(content))).observations).toEqual([]);
});

test('where nothing can be guessed, nothing is offered', async () => {
  expect(await offered(Buffer.from('a,b,c\n1,2,3\n'))).toBe('');
});

test('a file with a thousand columns has a short refusal', async () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `temp ${'x'.repeat(50)} ${index}`);
  const { errors } = await ingestFile(Buffer.from(`${['time', ...names]}\n`));
  expect(errors[0].error_reason.length).toBeLessThan(3_000);
});
