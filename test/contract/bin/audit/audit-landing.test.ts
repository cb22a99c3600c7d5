import { CopyObjectCommand, DeleteObjectCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { auditLanding } from '../../../../bin/audit/audit-landing.ts';
import type { OpenTarget } from '../../../../bin/audit/target.ts';
import type { Message } from '../../../../lambdas/shared/kafka/kafka-producer.ts';
import { encodeObservation, type Observation } from '../../../../lambdas/shared/wire/observation.ts';
import { encodeParquet } from '../../../../lambdas/weather/land-observations/parquet.ts';
import { kafkaRecordWith } from '../../../fixtures/kafka-events.ts';
import { observationWith } from '../../../fixtures/observations.ts';
import { testBucket } from '../../lambdas/test-bucket.ts';
import { testDatabase } from '../../lambdas/test-database.ts';
import { seededLanding } from './seeded-landing.ts';

const lake = testBucket();
const tables = testDatabase();
let landing: Awaited<ReturnType<typeof seededLanding>>;
let target: OpenTarget;

const observation: Observation = observationWith({
  observedAtMs: Date.UTC(2024, 0, 1),
  temperatureC: 1,
  humidityPct: 50,
  windSpeedKmh: 3,
});
const value = encodeObservation(observation);
const row = (number: number): Message => ({
  key: 'Seoul',
  value,
  headers: { source: 'a.csv@1', row: String(number) },
});
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, place) => row(from + place));

/** The objects as landing wrote them. They are restored before each test. */
const written = new Map<string, Buffer>();
const keys = async () => {
  const listed: string[] = [];
  for (const { ports } of await target.generations()) for await (const key of ports.keys()) listed.push(key);
  return listed;
};
async function keep() {
  for (const key of await keys()) {
    const { Body } = await lake.client().send(new GetObjectCommand({ Bucket: lake.bucket, Key: key }));
    written.set(key, Buffer.from((await Body?.transformToByteArray()) ?? []));
  }
}
const remove = (Key: string) => lake.client().send(new DeleteObjectCommand({ Bucket: lake.bucket, Key }));
const audit = async () =>
  auditLanding(landing.names.topic, landing.names.consumer, await target.generations());
const kinds = async () => (await audit()).counts;

beforeAll(async () => {
  landing = await seededLanding(lake, tables);
  await landing.landBatch(rows(0, 100)); // offsets 0 to 99
  // 100 to 114, 115
  await landing.landBatch([...rows(95, 110), { key: null, value: 'no JSON', headers: {} }]);
  await landing.landBatch([
    {
      key: 'Seoul',
      value,
      headers: { 'retry-for': 'watch-weather', origin: 'weather-data/0/1', attempt: '1' },
    },
    { key: 'Seoul', value, headers: {} },
    ...rows(110, 150),
  ]); // 116, 117, 118 to 157
  target = await landing.open();
  await keep();
});
afterAll(async () => {
  await target.close();
  await landing.close();
});
beforeEach(async () => {
  for (const key of await keys()) await remove(key);
  for (const [key, body] of written) await lake.put(key, body);
});

/** The keys of the three objects, in the order of their offsets. */
const keyAt = (place: number) => [...written.keys()].sort()[place] ?? '';

/** An object as landing would write it, of these offsets. */
const objectOf = (offsets: readonly number[]) =>
  Buffer.from(
    encodeParquet(
      offsets.map((offset) => ({
        record: kafkaRecordWith({
          topic: landing.names.topic,
          offset,
          timestampMs: Date.now(),
          text: null,
          value: null,
        }),
        observation,
      })),
      '',
    ),
  );
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, place) => from + place);

test('a landed topic has no finding, and each offset that did not land is explained', async () => {
  const { findings, partitions } = await audit();
  expect(findings).toEqual([]);
  expect(partitions).toMatchObject([
    {
      begin: 0,
      end: 158,
      ledger: 158,
      objects: 3,
      rows: 151,
      accounted: {
        rejected: 1,
        'repeated row': 5,
        'for another consumer': 1,
        'repeated retry': 0,
        redriven: 0,
        ignored: 0,
        absent: 0,
      },
      notVerifiable: 0,
      inFlight: 0,
    },
  ]);
});

describe('the audit finds', () => {
  test('the audit finds a deleted object', async () => {
    await remove(keyAt(0));
    // The repeated rows are now in no object either.
    expect(await audit()).toMatchObject({
      counts: { gap: 1 },
      findings: [
        { partition: 0, what: expect.stringContaining('offsets 0 to 104: valid, below the ledger') },
      ],
    });
  });

  test('the audit finds an object copied under another key', async () => {
    const copy = keyAt(1).replace('105.parquet', '050.parquet');
    const CopySource = `${lake.bucket}/${keyAt(1)}`;
    await lake.client().send(new CopyObjectCommand({ Bucket: lake.bucket, Key: copy, CopySource }));
    expect(await kinds()).toEqual({ 'duplicate offset': 1, overlap: 1, misnamed: 1 });
  });

  test('the audit finds removed rows', async () => {
    await lake.put(keyAt(0), objectOf([...range(0, 40), ...range(60, 100)]));
    expect(await kinds()).toEqual({ gap: 2 });
  });

  test('the audit finds an orphan after the ledger', async () => {
    await lake.put(keyAt(2).replace('117.parquet', '158.parquet'), objectOf(range(158, 160)));
    expect(await kinds()).toEqual({ orphan: 1 });
  });

  test('the audit finds an object under a wrong key', async () => {
    await remove(keyAt(0));
    await lake.put(keyAt(0).replace('000.parquet', '007.parquet'), written.get(keyAt(0)) ?? '');
    expect(await kinds()).toEqual({ misnamed: 1 });
  });

  test('the audit finds a truncated object and one that is not Parquet', async () => {
    await lake.put(keyAt(0), written.get(keyAt(0))?.subarray(0, -100) ?? '');
    await lake.put(keyAt(2), 'rows');
    expect(await kinds()).toEqual({ unreadable: 2, gap: 2 });
  });

  test('the audit finds a changed byte', async () => {
    const flipped = Buffer.from(written.get(keyAt(0)) ?? []);
    flipped.writeUInt8(flipped.readUInt8(flipped.length - 1_500) ^ 0xff, flipped.length - 1_500);
    await lake.put(keyAt(0), flipped);
    expect(Object.keys(await kinds())).not.toEqual([]);
  });
});

describe('landing crashes between its object and its ledger', () => {
  const die = async () => {
    throw new Error('killed');
  };

  test('the object of a crashed attempt is in flight, and a larger next attempt replaces it', async () => {
    const before = written.size;
    // The first record of the batch is a repeated row: the object has the offset of the second.
    await expect(landing.landBatch([row(149), ...rows(150, 160)], die)).rejects.toThrow('killed');
    expect(await audit()).toMatchObject({
      counts: {},
      partitions: [{ ledger: 158, end: 169, inFlight: 10, objects: before + 1 }],
    });
    const left = (await keys()).find((key) => !written.has(key)) ?? '';
    expect(left).toMatch(/p00-0*159\.parquet$/);

    await landing.landBatch(rows(160, 200));
    expect(await audit()).toMatchObject({
      counts: {},
      partitions: [{ ledger: 209, end: 209, inFlight: 0, objects: before + 1 }],
    });
    expect(await keys()).toContain(left);
    await keep();
  });
});

test('a discarded record is a finding until it is redriven, and its later copy is none', async () => {
  await landing.discard(rows(200, 210)); // offsets 209 to 218
  await landing.landBatch([...rows(205, 215)]); // 219 to 228, of which 224 and on land
  expect(await audit()).toMatchObject({
    counts: { discarded: 1 },
    findings: [{ what: expect.stringContaining('offsets 209 to 218: Lambda discarded their batch') }],
    partitions: [{ ledger: 229, accounted: { 'repeated row': 11, redriven: 0 } }],
  });
  const settle = `update error_weather_data set processing_status = case line_number when 200 then 'IGNORED' else 'REDRIVEN' end
                   where topic = $1 and error_type = 'BATCH_FAILED'`;
  await tables.query(settle, [landing.names.topic]);
  expect(await audit()).toMatchObject({
    counts: {},
    partitions: [{ accounted: { 'repeated row': 11, redriven: 9, ignored: 1 } }],
  });
  await keep();
});

test('offsets that the topic expired are not verifiable, and no finding', async () => {
  await landing.expire(100);
  await remove(keyAt(0));
  expect(await audit()).toMatchObject({
    // The copies of rows 95 to 99 did not land either.
    counts: { gap: 1 },
    partitions: [{ begin: 100, notVerifiable: 100 }],
  });
});

test('the audit leaves no consumer group behind', async () => {
  await remove(keyAt(2));
  await audit();
  expect((await landing.groups()).filter((group) => group.startsWith('isobar-audit-'))).toEqual([]);
});
