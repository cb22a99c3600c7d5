import { expect, test } from '@jest/globals';
import { BadRecord } from '../../../../../lambdas/shared/failures/failures.ts';
import type { FileVersion } from '../../../../../lambdas/shared/incoming/incoming-files.ts';
import type { Counts } from '../../../../../lambdas/shared/incoming/ingested-files-table.ts';
import type { Message } from '../../../../../lambdas/shared/kafka/kafka-producer.ts';
import { orderedSend } from '../../../../../lambdas/shared/kafka/ordered-send.ts';
import { plausible } from '../../../../../lambdas/shared/wire/limits.ts';
import { ingestObservations } from '../../../../../lambdas/weather/ingest-observations/ingest-observations.ts';

const header = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh';

function ports() {
  const sent: Record<string, Message[]> = { 'weather-data': [], 'error-data': [] };
  const done = new Map<string, Counts>();
  const members: string[] = [];
  return {
    sent,
    members,
    done,
    startIngest: async ({ source }: FileVersion) => !done.has(source),
    startMember: async (member: FileVersion) => void members.push(member.key),
    markIngested: async ({ source }: FileVersion, counts: Counts) => void done.set(source, counts),
    startSending: () =>
      orderedSend(
        { send: async ({ topic, messages }) => void sent[topic]?.push(...messages) },
        { messages: 2, bytes: 1e6 },
      ),
    now: () => Date.UTC(2024, 0, 1),
  };
}

const file = (...content: (string | Buffer | Error)[]) => ({
  key: 'incoming/observations/a.csv',
  eTag: 'etag',
  readAtMs: 0,
  source: 'a-csv-e-tag1',
  async *open() {
    for (const piece of content) {
      if (piece instanceof Error) throw piece;
      yield Buffer.from(piece);
    }
  },
  close() {},
});

const errorsOf = ({ sent }: ReturnType<typeof ports>) =>
  (sent['error-data'] ?? []).map(({ value, headers }) => ({ ...JSON.parse(value), headers }));

test('valid rows go to weather-data and invalid ones to error-data, with their source and line', async () => {
  const world = ports();
  const rows = ['서울,2024-01-01 00:00:01,12.3,55,0,10.1', 'Busan,2024-02-30 00:00:00,1,2,3,4', '"Jeju,2024'];
  const counts = await ingestObservations(file(`${header}\n`, rows.join('\n')), plausible, world);
  expect(counts).toMatchObject({ rowsRead: 3, rowsValid: 1, rowsInvalid: 2, rowsSkipped: 1, rowsRefused: 0 });
  expect(world.sent['weather-data']).toEqual([
    {
      key: '서울',
      value:
        '{"Location":"서울","Date_Time":"2024-01-01 00:00:01","Temperature_C":12.3,"Humidity_pct":55,' +
        '"Precipitation_mm":0,"Wind_Speed_kmh":10.1,"retry":0}',
      headers: { source: 'a-csv-e-tag1', row: '2' },
    },
  ]);
  expect(errorsOf(world)).toEqual([
    {
      error_type: 'DATE_ERROR',
      error_reason: 'line 3: Date_Time: found "2024-02-30 00:00:00", expected a date and time that exist',
      raw_row: 'Busan,2024-02-30 00:00:00,1,2,3,4',
      timestamp: '2024-01-01T00:00:00.000Z',
      file_name: 'incoming/observations/a.csv',
      retry_count: 0,
      headers: { source: 'a-csv-e-tag1', row: '3' },
    },
    expect.objectContaining({
      error_type: 'MALFORMED_ROW',
      error_reason: 'line 4: found unclosed quote',
      raw_row: '"Jeju,2024',
    }),
  ]);
});

test('an invalid row carries the order of its columns when that is not the documented order', async () => {
  const world = ports();
  const swapped = 'Location,Date_Time,Humidity_pct,Temperature_C,Precipitation_mm,Wind_Speed_kmh';
  await ingestObservations(file(`${swapped}\nSeoul,2024-01-01 00:00:00,50,abc,0,1\n`), plausible, world);
  expect(errorsOf(world)).toMatchObject([{ headers: { columns: '0,1,3,2,4,5' } }]);
});

test('an ingested file is marked, and not read again', async () => {
  const world = ports();
  await ingestObservations(file(header), plausible, world);
  expect([...world.done]).toMatchObject([
    ['a-csv-e-tag1', { rowsRead: 0, rowsValid: 0, rowsInvalid: 0, rowsSkipped: 1 }],
  ]);
  expect(await ingestObservations(file(new Error('read again')), plausible, world)).toBeUndefined();
});

test('an empty file has no rows', async () => {
  expect(await ingestObservations(file(), plausible, ports())).toMatchObject({
    rowsRead: 0,
    rowsValid: 0,
    rowsInvalid: 0,
    rowsSkipped: 0,
    rowsRefused: 0,
  });
});

test.each([
  ['broken gzip', Buffer.from([0x1f, 0x8b, 8, 0])],
  ['a broken ZIP archive', 'PK\x03\x04'],
  ['Parquet', 'PAR1\x15'],
  ['UTF-16 without a byte order mark', Buffer.from(`${header}\n`, 'utf16le')],
  ['PDF', '%PDF-1.7\n'],
])('a file that is %s becomes one error', async (format, content) => {
  const world = ports();
  expect(await ingestObservations(file(content, 'a\nb\n'), plausible, world)).toMatchObject({
    rowsRead: 1,
    rowsRefused: 1,
  });
  expect(errorsOf(world)).toMatchObject([
    {
      error_type: 'UNREADABLE_FILE',
      error_reason: expect.stringContaining(`found ${format}`),
      raw_row: null,
    },
  ]);
});

test('an archived file becomes one error', async () => {
  const world = ports();
  await ingestObservations(file(new BadRecord('UNREADABLE_FILE', 'InvalidObjectState')), plausible, world);
  expect(errorsOf(world)).toMatchObject([
    { error_type: 'UNREADABLE_FILE', error_reason: 'InvalidObjectState' },
  ]);
  expect(world.done.size).toBe(1);
});

test('a file is not marked when reading it fails half-way', async () => {
  const world = ports();
  await expect(
    ingestObservations(file(`${header}\n`, new Error('ECONNRESET')), plausible, world),
  ).rejects.toThrow('ECONNRESET');
  expect(world.done.size).toBe(0);
});

test('the error of a row of 10 MB holds its start and its length', async () => {
  const world = ports();
  const piece = Buffer.alloc(1_000_000, 'x');
  await ingestObservations(
    file(`${header}\n`, ...Array.from({ length: 10 }, () => piece), '\n'),
    plausible,
    world,
  );
  const [error] = errorsOf(world);
  expect(error).toMatchObject({
    error_type: 'MALFORMED_ROW',
    raw_row: expect.stringMatching(/^x{8192}… \(10000000 bytes in all\)$/),
  });
});

test('a file knows the UTC days of its valid rows, and no day of an invalid one', async () => {
  const world = ports();
  const at = (time: string, temperature = '1') => `Oslo,${time},${temperature},50,0,4\n`;
  const rows = [
    at('1969-12-31 23:59:59'),
    at('2023-03-02 00:00:00'),
    at('2023-03-02 23:59:59'),
    at('2023-03-03 00:00:00', 'hot'),
    at('1969-12-31 00:00:00'),
  ];
  const counts = await ingestObservations(file(`${header}\n`, ...rows), plausible, world);
  expect(counts?.days?.toSorted()).toEqual(['1969-12-31', '2023-03-02']);
});
