import { expect, test } from '@jest/globals';
import { formatOrigin } from '../../../lambdas/shared/kafka/kafka-event.ts';
import { topics } from '../../../lambdas/shared/kafka/topics.ts';
import { failuresAt } from '../../../localstack/chaos/failing-records.ts';
import { type DeadLetter, indexDeadLetters } from '../../e2e/chaos/dead-letters.ts';
import { watchAll } from '../../e2e/chaos/watched.ts';
import { wireObservationWith } from '../../fixtures/observations.ts';

const source = 'incoming/observations/a.csv@etag';
const topic = topics.weatherData.name;
const originAt = (offset: number) => formatOrigin({ topic, partition: 0, offset });

function record(offset: number, headers: Record<string, string> = {}) {
  const value = wireObservationWith({
    Date_Time: '2024-07-15 09:00:00',
    Temperature_C: 20,
    Humidity_pct: 50,
    Wind_Speed_kmh: 5,
  });
  return {
    key: null,
    value: Buffer.from(JSON.stringify(value)),
    timestamp: '1721034000000',
    attributes: 0,
    offset: String(offset),
    headers: { source, row: '2', ...headers } as Record<string, string>,
  };
}

/** The first offset whose record fails exactly this often, at a chaos rate of 1. */
const failing = (times: number): number => {
  let offset = 0;
  while (failuresAt(originAt(offset), 1) !== times) offset += 1;
  return offset;
};

const redelivered = (offset: number, attempt: number, of: number) =>
  record(offset, { origin: originAt(of), attempt: String(attempt), 'retry-for': 'watch-weather' });

const indexed = (
  records: readonly ReturnType<typeof record>[],
  deadLetters: readonly DeadLetter[],
  recorded: readonly number[] = [],
) =>
  indexDeadLetters(
    deadLetters,
    new Map([[0, records]]),
    new Map([['incoming/observations/a.csv:2', `${source}:2`]]),
    new Set(recorded.map((offset) => `${originAt(offset)}@watch-weather`)),
  );

const watch = (...records: ReturnType<typeof record>[]) =>
  watchAll(new Map([[0, records]]), 1, indexed(records, []));

test('a row without a redelivered retry is neither watched nor exhausted', () => {
  const first = failing(2);
  const { watched, exhausted } = watch(record(first), redelivered(first + 1, 1, first));
  expect({ watched, exhausted }).toEqual({ watched: [], exhausted: [] });
});

test('a row is watched once, even if its retries are redelivered twice', () => {
  const first = failing(2);
  const { watched, counters } = watch(
    record(first),
    redelivered(first + 1, 1, first),
    redelivered(first + 2, 1, first),
    redelivered(first + 3, 2, first),
    redelivered(first + 4, 2, first),
  );
  expect(watched).toEqual([`${source}:2`]);
  expect(counters).toContain('weather_observations_total{partition="0"} 1');
});

test('a row that fails at every attempt is exhausted', () => {
  const { watched, exhausted } = watch(record(failing(Number.POSITIVE_INFINITY)));
  expect({ watched, exhausted }).toEqual({ watched: [], exhausted: [`${source}:2`] });
});

/** A record redriven from the error row with this id. */
const redriven = (offset: number, id: number, retryFor = 'watch-weather') => ({
  ...record(offset),
  headers: { origin: `error_weather_data/0/${id}`, 'retry-for': retryFor },
});

test('a discarded record is watched once after its redrive, even if it is redriven twice', () => {
  const deadLetter = (id: number, offset: number, row: string | null): DeadLetter => ({
    id: String(id),
    origin: originAt(offset),
    failedIn: 'watch-weather',
    row,
  });
  const deadLetters = [deadLetter(7, 0, 'incoming/observations/a.csv:2'), deadLetter(8, 2, null)];
  const records = [
    record(0),
    record(1),
    redriven(2, 7),
    redriven(3, 7),
    redriven(4, 7, 'land-observations'),
    redriven(5, 8),
    redriven(6, 8),
  ];
  const watching = (count: number) => {
    const some = records.slice(0, count);
    return watchAll(new Map([[0, some]]), 0, indexed(some, deadLetters));
  };
  expect(watching(5)).toMatchObject({ watched: [], exhausted: [] });
  expect(watching(7)).toMatchObject({ watched: [`${source}:2`], exhausted: [], exhaustedRedriven: [] });
});

test('a row is not exhausted if Lambda discarded one of its retries', () => {
  const first = failing(Number.POSITIVE_INFINITY);
  const [original, retried] = [record(first), redelivered(first + 1, 1, first)];
  const deadLetter = {
    id: '7',
    origin: originAt(first + 1),
    failedIn: 'watch-weather',
    row: 'incoming/observations/a.csv:2',
  };
  const watching = (deadLetters: DeadLetter[]) =>
    watchAll(new Map([[0, [original, retried]]]), 1, indexed([original, retried], deadLetters)).exhausted;
  expect(watching([])).toEqual([`${source}:2`]);
  expect(watching([deadLetter])).toEqual([]);
});

test('of a row sent twice, the copy behind a discarded batch is watched, with the failures of its origin', () => {
  const discarded = failing(1);
  const copy = failing(2);
  const records = [
    record(discarded),
    record(copy),
    redelivered(copy + 100, 1, copy),
    redelivered(copy + 101, 2, copy),
  ];
  const watching = (some: typeof records, recorded: readonly number[]) =>
    watchAll(new Map([[0, some]]), 1, indexed(some, [], recorded)).watched;
  expect(watching(records, [discarded])).toEqual([`${source}:2`]);
  // A batch that was committed, though Lambda discarded it, has no dead letters either.
  const [alone, , ...retries] = [record(discarded), record(copy), redelivered(copy + 100, 1, discarded)];
  expect(watching([alone as (typeof records)[number], ...retries], [discarded])).toEqual([`${source}:2`]);
});
