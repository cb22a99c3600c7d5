import { expect, test } from '@jest/globals';
import { objectKey } from '../../../../lambdas/weather/land-observations/object-key.ts';
import { encodeParquet, type LandedRow } from '../../../../lambdas/weather/land-observations/parquet.ts';
import { compactDate } from '../../../../lambdas/weather/tidy-observations/compact-date.ts';
import { landedLake } from '../../../../lambdas/weather/tidy-observations/lake.ts';
import { holdingObject } from '../../../../localstack/console/views/holding-object.ts';
import { kafkaRecordWith } from '../../../fixtures/kafka-events.ts';
import { observationWith } from '../../../fixtures/observations.ts';
import { testBucket } from '../../lambdas/test-bucket.ts';

const { bucket, client, put } = testBucket();
const days = ['2024-01-01', '2024-01-02'] as const;
type Day = (typeof days)[number];

/** Ten rows from an offset, in an object of the day. */
const land = async (day: Day, offset: number) => {
  const timestampMs = Date.parse(`${day}T12:00:00Z`);
  const rows = Array.from({ length: 10 }, (_, place): LandedRow => {
    const record = kafkaRecordWith({ key: null, offset: offset + place, timestampMs });
    return { record, observation: observationWith({}) };
  });
  const key = objectKey({ topic: 'weather-data', partition: 0, offset, timestampMs });
  await put(key, Buffer.from(encodeParquet(rows, `mark ${offset}`)));
  return key;
};

const merge = (day: Day) =>
  compactDate(day, {
    ...landedLake(client(), bucket),
    settled: async () => ({ nextOffsets: new Map([['p00', 1_000]]), gaps: new Map() }),
    whileUnused: (_, work) => work(async () => undefined),
    isTimeUp: () => false,
    now: () => Date.now() + 3_600_000,
  });

test('a row of a later generation is in an object of that generation', async () => {
  const place = { partition: 7, offset: 0, timestampMs: Date.parse(days[0]) };
  const keys = ['weather-data', 'weather-data@1'].map((topic) => objectKey({ ...place, topic }));
  for (const [generation, key] of keys.entries()) {
    const record = kafkaRecordWith({ ...place, topic: `weather-data@${generation}` });
    await put(key, Buffer.from(encodeParquet([{ record, observation: observationWith({}) }], 'mark')));
  }
  const found = await holdingObject(client(), bucket, {
    ...place,
    topic: 'weather-data@1',
    ingestDate: days[0],
  });
  expect(found?.key).toBe(keys[1]);
});

const find = async (day: Day, offset: number) => {
  const found = await holdingObject(client(), bucket, {
    topic: 'weather-data',
    partition: 0,
    offset,
    ingestDate: day,
  });
  return found && [found.key, found.isMerged];
};

test('a row is found in its own object, and in the merged one once that holds it', async () => {
  const [first, later] = days;
  const early = await land(first, 100);
  // A producer with a clock that is behind: the offsets between are of another date.
  const between = await land(later, 110);
  const last = await land(first, 120);
  expect(await find(first, 125)).toEqual([last, false]);
  expect(await find(first, 105)).toEqual([early, false]);

  expect(await merge(first)).toMatchObject({ removed: 1, merged: 1 });
  expect(await find(first, 125)).toEqual([early, true]);
  expect(await find(first, 105)).toEqual([early, true]);
  expect(await find(later, 115)).toEqual([between, false]);
  expect(await find(first, 130)).toBeUndefined();
  expect(await find(first, 99)).toBeUndefined();
});
