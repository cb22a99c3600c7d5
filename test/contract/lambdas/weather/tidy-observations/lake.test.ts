import { expect, test } from '@jest/globals';
import { objectKey } from '../../../../../lambdas/weather/land-observations/object-key.ts';
import { encodeParquet, type LandedRow } from '../../../../../lambdas/weather/land-observations/parquet.ts';
import { compactDate } from '../../../../../lambdas/weather/tidy-observations/compact-date.ts';
import { landedLake } from '../../../../../lambdas/weather/tidy-observations/lake.ts';
import { kafkaRecordWith } from '../../../../fixtures/kafka-events.ts';
import { observationWith } from '../../../../fixtures/observations.ts';
import { testBucket } from '../../test-bucket.ts';

const { bucket, client, put } = testBucket();
const date = '2024-01-01';
const timestampMs = Date.UTC(2024, 0, 1, 12);

const rowAt = (offset: number): LandedRow => ({
  record: kafkaRecordWith({
    key: null,
    offset,
    timestampMs,
    headers: { source: 'a.csv@1', row: offset + 1 },
  }),
  observation: observationWith({ location: `Station ${offset % 3}`, humidityPct: offset % 2 ? 50 : null }),
});

const land = async (offset: number, rows: number) => {
  const key = objectKey({ topic: 'weather-data', partition: 0, offset, timestampMs });
  const landed = Array.from({ length: rows }, (_, row) => rowAt(offset + row));
  return { key, eTag: await put(key, Buffer.from(encodeParquet(landed, `mark ${offset}`))) };
};

const portsOf = (lake: ReturnType<typeof landedLake>) => ({
  ...lake,
  settled: async () => ({ nextOffsets: new Map([['p00', 100]]), gaps: new Map() }),
  whileUnused: <T>(_: string, work: (confirm: () => Promise<unknown>) => Promise<T>) => work(async () => {}),
  isTimeUp: () => false,
  now: () => Date.now() + 3_600_000,
});

test('small objects in S3 become one with the same rows, and other objects stay', async () => {
  const lake = landedLake(client(), bucket);
  await put('raw/observations/ingest_date=2024-01-01/note.txt', 'not landed');
  for (const offset of [0, 10, 20]) await land(offset, 7);
  await land(100, 5);
  expect(await compactDate(date, portsOf(lake))).toEqual({ removed: 2, merged: 1, left: 0 });

  const objects = await lake.list(date);
  expect(objects.map(({ offset }) => offset)).toEqual([0, 100]);
  const merged = await lake.read(objects[0]?.key ?? '');
  expect(merged?.rows).toEqual(
    [0, 10, 20].flatMap((from) => Array.from({ length: 7 }, (_, row) => rowAt(from + row))),
  );
});

test('an object that was replaced meanwhile is not replaced again', async () => {
  const lake = landedLake(client(), bucket);
  const old = await land(1_000, 2);
  await land(1_000, 3);
  await expect(lake.replace(old, [rowAt(1_000)])).rejects.toThrow(`Replacing s3://${bucket}/${old.key}`);
  expect((await lake.read(old.key))?.rows).toHaveLength(3);
});

test('an object that is gone is undefined', async () => {
  const lake = landedLake(client(), bucket);
  const object = await land(2_000, 1);
  await lake.remove([object]);
  expect(await lake.read(object.key)).toBeUndefined();
});
