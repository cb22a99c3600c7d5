import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { plausible } from '../../../../../lambdas/shared/wire/limits.ts';
import { correctRow } from '../../../../../localstack/errors/correct.ts';
import { ingestFile } from '../../../../fixtures/ingest-file.ts';

const folder = path.join(import.meta.dirname, '../../../../../localstack/sample/formats');

function sample(name: string) {
  const [file = ''] = readdirSync(path.join(folder, name)).filter((each) => each !== '_format.json');
  return {
    file,
    content: readFileSync(path.join(folder, name, file)),
    format: readFileSync(path.join(folder, name, '_format.json')),
  };
}

type Measures = readonly [
  temperature: number | null,
  humidity: number | null,
  precipitation: number | null,
  wind: number | null,
];

const row = (Location: string, Date_Time: string, [t, h, p, w]: Measures) => ({
  Location,
  Date_Time,
  Temperature_C: t,
  Humidity_pct: h,
  Precipitation_mm: p,
  Wind_Speed_kmh: w,
  retry: 0,
});

/** Without any measure. */
const nothingMeasured = expect.stringContaining('expected at least one of them');

test.each<[string, object[], unknown[]]>([
  [
    'meteostat',
    [
      row('10637', '2024-01-01 00:00:00', [5.6, 80, 0, 16.6]),
      row('10637', '2024-01-01 01:00:00', [5.4, 79, 0.2, 18.4]),
      row('10637', '2024-01-01 02:00:00', [5.1, 80, null, 18.4]),
      row('10637', '2024-01-01 23:00:00', [-0.4, 90, 0, null]),
    ],
    [],
  ],
  [
    'open-meteo',
    [
      row('52.55N13.41E', '2025-03-01 00:00:00', [5.1, 81, 0, 11.2]),
      row('52.55N13.41E', '2025-03-01 01:00:00', [5, 82, 0.1, 10.8]),
      row('52.55N13.41E', '2025-03-01 02:00:00', [4.7, 83, 0, 9.4]),
    ],
    [],
  ],
  [
    'dwd',
    [
      row('433', '2024-01-01 00:00:00', [6.9, 81, null, null]),
      row('433', '2024-01-01 01:00:00', [6.7, 82, null, null]),
      row('433', '2024-01-01 02:00:00', [null, 83, null, null]),
      row('433', '2024-01-01 03:00:00', [-0.4, null, null, null]),
    ],
    [nothingMeasured],
  ],
  [
    'noaa-isd',
    [
      row('72505394728', '2024-01-01 00:51:00', [5.6, null, 0, 16.56]),
      row('72505394728', '2024-01-01 01:51:00', [-1.1, null, 1.3, 7.56]),
    ],
    // The first has a suspect temperature and a sum of six hours, the second is the summary of a day.
    [nothingMeasured, nothingMeasured],
  ],
  [
    'eccc',
    [
      row('OTTAWA CDA RCS', '2024-01-01 05:00:00', [-2.1, 86, 0, 9]),
      row('OTTAWA CDA RCS', '2024-01-02 01:00:00', [-1.4, 84, 0.3, 7]),
      row('OTTAWA CDA RCS', '2024-07-01 17:00:00', [26.3, 41, null, 11]),
    ],
    [nothingMeasured],
  ],
  [
    'kma',
    [
      row('서울', '2024-07-01 15:00:00', [23.1, 85, null, 7.56]),
      row('서울', '2024-07-01 16:00:00', [22.8, 91, 0.5, 6.84]),
      row('서울', '2024-07-02 00:00:00', [21.7, 97, 12.3, 12.24]),
      row('부산', '2024-07-02 00:00:00', [22.4, null, 30.1, 28.8]),
    ],
    [],
  ],
])('a file of %s is read by the format file beside its sample', async (name, observations, reasons) => {
  const { file, content, format } = sample(name);
  const ingested = await ingestFile(content, { name: file, format });
  expect(ingested.observations).toEqual(observations);
  expect(ingested.errors.map(({ error_reason }) => error_reason)).toEqual(reasons);
});

test.each(readdirSync(folder))(
  'without the format file, a file of %s is refused as one error',
  async (name) => {
    const { file, content } = sample(name);
    const { observations, errors } = await ingestFile(content, { name: file });
    expect(observations).toEqual([]);
    expect(errors).toHaveLength(1);
  },
);

test('a bad row carries its format, so that a correction reads it as ingest did', async () => {
  const { file, content, format } = sample('kma');
  const text = new TextDecoder('euc-kr').decode(content).replace('22.8', 'x');
  const { errors } = await ingestFile(Buffer.from(text), {
    name: file,
    format: Buffer.from(format.toString().replace('cp949', 'utf-8')),
  });
  expect(errors).toHaveLength(1);
  const [{ raw_row, headers }] = errors as [{ raw_row: string; headers: { columns: string } }];
  const corrected = correctRow(
    { topic: null, rawRow: raw_row, columns: headers.columns, corrected: null },
    { fields: { Temperature_C: '22.8' } },
    plausible,
  );
  expect(JSON.parse(corrected.text)).toEqual(row('서울', '2024-07-01 16:00:00', [22.8, 91, 0.5, 6.84]));
});

test('a local time that is no instant needs a correction in UTC, and is never read as UTC', async () => {
  const { errors } = await ingestFile(Buffer.from('time;t\n2024-10-27 02:30:00;x\n'), {
    format: JSON.stringify({
      timezone: 'Europe/Berlin',
      constants: { Location: 'Berlin' },
      fields: [
        { name: 'Date_Time', from: 'time' },
        { name: 'Temperature_C', from: 't' },
      ],
      required: [],
    }),
  });
  const [{ raw_row, headers }] = errors as [{ raw_row: string; headers: { columns: string } }];
  const failed = { topic: null, rawRow: raw_row, columns: headers.columns, corrected: null };
  const measured = correctRow(failed, { fields: { Temperature_C: '9' } }, plausible);
  expect(measured).toMatchObject({ fields: ['Date_Time'], fault: expect.stringContaining('(local time)') });
  const whole = correctRow(
    { ...failed, corrected: measured.text },
    { fields: { Date_Time: '2024-10-27 01:30:00' } },
    plausible,
  );
  expect(JSON.parse(whole.text)).toEqual(row('Berlin', '2024-10-27 01:30:00', [9, null, null, null]));
});
