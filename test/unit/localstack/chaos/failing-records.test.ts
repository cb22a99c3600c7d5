import { expect, test } from '@jest/globals';
import { isOutage } from '../../../../lambdas/shared/failures/failures.ts';
import type { KafkaRecord } from '../../../../lambdas/shared/kafka/kafka-event.ts';
import { failRecords, failuresAt } from '../../../../localstack/chaos/failing-records.ts';

const origins = Array.from({ length: 2_000 }, (_, offset) => `weather-data/3/${offset}`);

test('the chosen share of records fails, and always the same records', () => {
  const failing = origins.filter((origin) => failuresAt(origin, 0.2) > 0);
  expect(failing.length / origins.length).toBeCloseTo(0.2, 1);
  expect(failing).toEqual(origins.filter((origin) => failuresAt(origin, 0.2) > 0));
  expect(origins.filter((origin) => failuresAt(origin, 0) > 0)).toEqual([]);
});

test('a failing record fails once, twice, three times or always', () => {
  const counts = new Set(origins.map((origin) => failuresAt(origin, 1)));
  expect([...counts].sort()).toEqual([1, 2, 3, Number.POSITIVE_INFINITY]);
});

const value = {
  Location: 'Seoul',
  Date_Time: '2024-01-01 00:00:01',
  Temperature_C: 1,
  Humidity_pct: 50,
  Precipitation_mm: 0,
  Wind_Speed_kmh: 5,
};
const recordOf = (offset: number, fields: Partial<KafkaRecord> = {}): KafkaRecord => ({
  topic: 'weather-data',
  partition: 3,
  offset,
  timestampMs: 0,
  key: 'Seoul',
  text: '',
  value,
  headers: {},
  ...fields,
});

async function run(record: KafkaRecord) {
  const deferred: { record: KafkaRecord; cause: Error }[] = [];
  const apply = failRecords(1, async (partitions) => ({
    applied: partitions.flatMap(({ records }) => records).length,
  }));
  const partition = { topic: 'weather-data', partition: 3, records: [record] };
  const { applied } = await apply(
    [partition],
    async () => [],
    (each, cause) => void deferred.push({ record: each, cause }),
  );
  return { applied, deferred };
}

const twice = origins.findIndex((origin) => failuresAt(origin, 1) === 2);

test.each([
  ['fails at its first attempt', {}, 0],
  [
    'fails at its first retry',
    { origin: { topic: 'weather-data', partition: 3, offset: twice }, attempt: 1 },
    0,
  ],
  [
    'succeeds at its second retry',
    { origin: { topic: 'weather-data', partition: 3, offset: twice }, attempt: 2 },
    1,
  ],
])('a record that is to fail twice %s', async (_, headers, applied) => {
  const offset = applied === 0 && !('attempt' in headers) ? twice : 9_999;
  const outcome = await run(recordOf(offset, { headers }));
  expect([outcome.applied, outcome.deferred.length]).toEqual([applied, 1 - applied]);
  for (const { cause } of outcome.deferred) expect(isOutage(cause)).toBe(false);
});

test('an invalid record is not made to fail, since no retry would succeed', async () => {
  expect(await run(recordOf(twice, { value: 'no observation' }))).toMatchObject({ applied: 1 });
});
