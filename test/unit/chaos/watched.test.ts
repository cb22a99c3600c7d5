import { expect, test } from '@jest/globals';
import { formatOrigin } from '../../../lambdas/shared/kafka/kafka-event.ts';
import { topics } from '../../../lambdas/shared/kafka/topics.ts';
import { failuresAt } from '../../../localstack/chaos/failing-records.ts';
import { type DeadLetter, indexLetters } from '../../e2e/chaos/dead-letters.ts';
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

/** The first offset whose record fails so often when all do. */
const failing = (times: number): number => {
  let offset = 0;
  while (failuresAt(originAt(offset), 1) !== times) offset += 1;
  return offset;
};

const returned = (offset: number, attempt: number, of: number) =>
  record(offset, { origin: originAt(of), attempt: String(attempt), 'retry-for': 'watch-weather' });

const indexed = (records: readonly ReturnType<typeof record>[], letters: readonly DeadLetter[]) =>
  indexLetters(letters, new Map([[0, records]]), new Map([['incoming/observations/a.csv:2', `${source}:2`]]));

const watch = (...records: ReturnType<typeof record>[]) =>
  watchAll(new Map([[0, records]]), 1, indexed(records, []));

test('a row whose retry did not come back is neither watched nor given up', () => {
  const first = failing(2);
  const { watched, givenUp } = watch(record(first), returned(first + 1, 1, first));
  expect({ watched, givenUp }).toEqual({ watched: [], givenUp: [] });
});

test('a row whose retries came back, some of them twice, is watched once', () => {
  const first = failing(2);
  const { watched, counters } = watch(
    record(first),
    returned(first + 1, 1, first),
    returned(first + 2, 1, first),
    returned(first + 3, 2, first),
    returned(first + 4, 2, first),
  );
  expect(watched).toEqual([`${source}:2`]);
  expect(counters).toContain('weather_observations_total{partition="0"} 1');
});

test('a row that never succeeds is given up', () => {
  const { watched, givenUp } = watch(record(failing(Number.POSITIVE_INFINITY)));
  expect({ watched, givenUp }).toEqual({ watched: [], givenUp: [`${source}:2`] });
});

/** A record that never fails by itself, redriven from the error with this id. */
const redriven = (offset: number, id: number, retryFor = 'watch-weather') => ({
  ...record(offset),
  headers: { origin: `error_weather_data/0/${id}`, 'retry-for': retryFor },
});

test('a record that Lambda gave up is watched where it was redriven, and its copies are not', () => {
  const letter = (id: number, place: number, row: string | null): DeadLetter => ({
    id: String(id),
    place: originAt(place),
    failedIn: 'watch-weather',
    row,
  });
  const letters = [letter(7, 0, 'incoming/observations/a.csv:2'), letter(8, 2, null)];
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
    return watchAll(new Map([[0, some]]), 0, indexed(some, letters));
  };
  expect(watching(5)).toMatchObject({ watched: [], givenUp: [] });
  expect(watching(7)).toMatchObject({ watched: [`${source}:2`], givenUp: [], givenUpRedriven: [] });
});

test('a retry that Lambda gave up is no more given up by its consumer', () => {
  const first = failing(Number.POSITIVE_INFINITY);
  const [original, retried] = [record(first), returned(first + 1, 1, first)];
  const letter = {
    id: '7',
    place: originAt(first + 1),
    failedIn: 'watch-weather',
    row: 'incoming/observations/a.csv:2',
  };
  const watching = (letters: DeadLetter[]) =>
    watchAll(new Map([[0, [original, retried]]]), 1, indexed([original, retried], letters)).givenUp;
  expect(watching([])).toEqual([`${source}:2`]);
  expect(watching([letter])).toEqual([]);
});
