import { expect, test } from '@jest/globals';
import { measures, valueAt } from '../../../../../lambdas/weather/watch-weather/measures.ts';
import { observationWith } from '../../../../fixtures/observations.ts';

test('a value is found by the place of its measure', () => {
  const observation = observationWith({
    temperatureC: 1,
    humidityPct: 2,
    precipitationMm: null,
    windSpeedKmh: 4,
  });
  expect(measures.map((_, place) => valueAt(observation, place))).toEqual(
    measures.map(({ field }) => observation[field]),
  );
});
