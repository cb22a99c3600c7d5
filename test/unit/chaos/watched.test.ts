import { expect, test } from '@jest/globals';
import { formatOrigin } from '../../../lambdas/shared/kafka-event.ts';
import { topics } from '../../../lambdas/shared/topics.ts';
import { failuresAt } from '../../../lambdas/watch-weather/chaos.ts';
import { watchAll } from '../../e2e/chaos/watched.ts';

const source = 'incoming/observations/a.csv@etag';
const topic = topics.weatherData.name;
const originAt = (offset: number) => formatOrigin({ topic, partition: 0, offset });

function record(offset: number, headers: Record<string, string> = {}) {
  const value = {
    Location: 'Seoul',
    Date_Time: '2024-07-15 09:00:00',
    Temperature_C: 20,
    Humidity_pct: 50,
    Precipitation_mm: 0,
    Wind_Speed_kmh: 5,
    retry: 0,
  };
  return {
    key: null,
    value: Buffer.from(JSON.stringify(value)),
    timestamp: '1721034000000',
    attributes: 0,
    offset: String(offset),
    headers: { source, row: '2', ...headers },
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

const watch = (...records: ReturnType<typeof record>[]) => watchAll(new Map([[0, records]]), 1);

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
