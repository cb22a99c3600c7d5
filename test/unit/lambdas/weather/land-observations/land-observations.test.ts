import { expect, test } from '@jest/globals';
import { parquetMetadata } from 'hyparquet';
import type { Encode } from '../../../../../lambdas/shared/exactly-once/landed-objects.ts';
import type { DeadLetter } from '../../../../../lambdas/shared/failures/dead-letters.ts';
import type { KafkaRecord } from '../../../../../lambdas/shared/kafka/kafka-event.ts';
import { plausible } from '../../../../../lambdas/shared/wire/limits.ts';
import {
  type LandedObject,
  landObservations,
  type RowCount,
} from '../../../../../lambdas/weather/land-observations/land-observations.ts';
import { kafkaRecordWith } from '../../../../fixtures/kafka-events.ts';

const valid = {
  Location: 'Seoul',
  Date_Time: '2024-01-01 00:00:01',
  Temperature_C: 12.3,
  Humidity_pct: 55,
  Precipitation_mm: 0,
  Wind_Speed_kmh: 10.1,
};

const record = (partition: number, offset: number, fields: Partial<KafkaRecord>): KafkaRecord =>
  kafkaRecordWith({
    partition,
    offset,
    timestampMs: Date.UTC(2024, 4, 5, 23, 59, 59),
    text: JSON.stringify(fields.value ?? null),
    ...fields,
  });

function batch(partition: number, ...records: KafkaRecord[]) {
  return { topic: 'weather-data', partition, records };
}

function world() {
  const objects = new Map<string, Uint8Array>();
  const letters: DeadLetter[] = [];
  const rowCounts: RowCount[] = [];
  const landed: LandedObject[] = [];
  return {
    landed,
    objects,
    letters,
    rowCounts,
    addRowCounts: async (counts: readonly RowCount[], objects: readonly LandedObject[]) => {
      rowCounts.push(...counts);
      landed.push(...objects);
    },
    put: async (key: string, encode: Encode) => void objects.set(key, encode('a mark')),
    confirmLock: async () => {},
    sendDeadLetters: async (sent: readonly DeadLetter[]) => void letters.push(...sent),
    now: () => 0,
  };
}

test('each partition lands as one object, named after its first record', async () => {
  const lake = world();
  const batches = [
    batch(3, record(3, 12_345, { value: valid }), record(3, 12_346, { value: valid })),
    batch(9, record(9, 2 ** 53 - 1, { value: valid })),
  ];
  expect(await landObservations(batches, plausible, lake)).toEqual({ landed: 3, rejected: 0 });
  const rows = [...lake.objects].map(([key, body]) => [
    key,
    parquetMetadata(body.buffer as ArrayBuffer).num_rows,
  ]);
  expect(rows).toEqual([
    ['raw/observations/ingest_date=2024-05-05/p03-00000000000000012345.parquet', 2n],
    ['raw/observations/ingest_date=2024-05-05/p09-00009007199254740991.parquet', 1n],
  ]);
});

test('each object counts once, with its rows and its size, for the partition that it is from', async () => {
  const lake = world();
  const batches = [
    batch(3, record(3, 1, { value: valid }), record(3, 2, { value: valid }), record(3, 3, { value: 1 })),
    batch(9, record(9, 1, { value: valid })),
  ];
  await landObservations(batches, plausible, lake);
  const sizes = [...lake.objects.values()].map(({ length }) => length);
  expect(lake.landed).toEqual([
    { partition: 3, rows: 2, bytes: sizes[0] },
    { partition: 9, rows: 1, bytes: sizes[1] },
  ]);
});

test('the first record that lands names the object and its date, not a rejected record before it', async () => {
  const lake = world();
  const nextDay = Date.UTC(2024, 4, 6);
  const records = [
    record(0, 5, { value: 1 }),
    record(0, 6, { value: valid, timestampMs: nextDay }),
    record(0, 7, { value: valid, timestampMs: nextDay }),
  ];
  await landObservations([batch(0, ...records)], plausible, lake);
  expect([...lake.objects.keys()]).toEqual([
    'raw/observations/ingest_date=2024-05-06/p00-00000000000000000006.parquet',
  ]);
  expect(lake.rowCounts).toMatchObject([{ ingestDate: '2024-05-06', rows: 2 }]);
});

test.each([
  ['text', { text: 'x' }, 'MALFORMED_MESSAGE', 'found no JSON, expected a JSON object'],
  ['a number', { value: 1 }, 'MALFORMED_MESSAGE', 'found 1, expected a JSON object'],
  ['a tombstone', { text: null }, 'MALFORMED_MESSAGE', 'found no value, expected a JSON object'],
  [
    'an invalid observation',
    { value: { ...valid, Humidity_pct: 101 } },
    'RANGE_ERROR',
    'Humidity_pct: found 101, expected 0 to 100',
  ],
])('%s becomes a dead letter with its offset, and the rest lands', async (_, fields, errorType, reason) => {
  const lake = world();
  const batches = [batch(3, record(3, 100, fields), record(3, 101, { value: valid }))];
  expect(await landObservations(batches, plausible, lake)).toEqual({ landed: 1, rejected: 1 });
  expect(lake.letters).toMatchObject([
    {
      headers: { origin: { topic: 'weather-data', partition: 3, offset: 100 } },
      error: { errorType, errorReason: `weather-data, partition 3, offset 100: ${reason}`, fileName: null },
    },
  ]);
});

test.each(['put', 'sendDeadLetters', 'confirmLock', 'addRowCounts'] as const)(
  'a batch has not landed until %s is acknowledged',
  async (port) => {
    const down = async () => {
      throw new Error('not acknowledged');
    };
    const batches = [batch(3, record(3, 100, { value: 1 }), record(3, 101, { value: valid }))];
    await expect(landObservations(batches, plausible, { ...world(), [port]: down })).rejects.toThrow(
      'not acknowledged',
    );
  },
);

test('no object is put when the lock was lost while dead letters were sent', async () => {
  const lake = world();
  const confirmLock = async () => {
    throw new Error(lake.letters.length > 0 ? 'the session ended' : 'asked too early');
  };
  const batches = [batch(3, record(3, 100, { value: 1 }), record(3, 101, { value: valid }))];
  await expect(landObservations(batches, plausible, { ...lake, confirmLock })).rejects.toThrow(
    'the session ended',
  );
  expect(lake.objects.size).toBe(0);
});

test('a batch without valid records writes no object', async () => {
  const lake = world();
  await landObservations([batch(1), batch(2, record(2, 0, { value: 1 }))], plausible, lake);
  expect(lake.objects.size).toBe(0);
});

test('the rows of an object are counted per event day, without rejected ones', async () => {
  const lake = world();
  const on = (time: string) => ({ value: { ...valid, Date_Time: time } });
  const records = [
    record(3, 1, on('2024-01-01 00:00:00')),
    record(3, 2, on('2024-01-01 23:59:59')),
    record(3, 3, on('2024-01-02 00:00:00')),
    record(3, 4, { value: { ...valid, Humidity_pct: 'wet' } }),
  ];
  await landObservations([batch(3, ...records), batch(4, record(4, 1, { value: null }))], plausible, lake);
  const landed = { ingestDate: '2024-05-05', topic: 'weather-data', partition: 3 };
  expect(lake.rowCounts).toEqual([
    { ...landed, eventDate: '2024-01-01', rows: 2 },
    { ...landed, eventDate: '2024-01-02', rows: 1 },
  ]);
});
