import { expect, test } from '@jest/globals';
import {
  nameOfGeneration,
  readGeneration,
  topicOf,
} from '../../../../../lambdas/shared/kafka/topic-generations.ts';

test.each([
  ['weather-data', { topic: 'weather-data', generation: 0 }],
  ['weather-data@1', { topic: 'weather-data', generation: 1 }],
  ['error_weather_data@12', { topic: 'error_weather_data', generation: 12 }],
])('%s names a generation, and the first one has the name of the topic', (name, generation) => {
  expect(nameOfGeneration(generation)).toBe(name);
  expect(readGeneration(name)).toEqual(generation);
  expect(topicOf(name)).toBe(generation.topic);
});
