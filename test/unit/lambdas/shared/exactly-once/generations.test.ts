import { describe, expect, test } from '@jest/globals';
import { objectKey as errorsKey } from '../../../../../lambdas/errors/record-errors/error-lines.ts';
import { readEnv } from '../../../../../lambdas/shared/aws/env.ts';
import { topicEpochs } from '../../../../../lambdas/shared/exactly-once/generations.ts';
import { objectKey, parseObjectKey } from '../../../../../lambdas/weather/land-observations/object-key.ts';

const epochsIn = (TOPIC_EPOCHS?: string) => readEnv(topicEpochs, { TOPIC_EPOCHS });

describe('the epochs of topics', () => {
  test('the epochs of topics are read from a list, and there are none without it', () => {
    expect(epochsIn('weather-data=0,transactions=12')).toEqual({ 'weather-data': 0, transactions: 12 });
    expect(epochsIn()).toEqual({});
  });

  test.each(['weather=1', 'weather-data', 'weather-data=-1', 'weather-data=1.5', 'weather-data=1,'])(
    'the list %s is refused, with what is wrong in it',
    (text) => {
      expect(() => epochsIn(text)).toThrow(
        `TOPIC_EPOCHS is "${text}", expected epochs of topics such as weather-data=1,transactions=2: Error: "`,
      );
    },
  );
});

describe('the keys of objects', () => {
  const first = { partition: 3, offset: 42, timestampMs: Date.UTC(2026, 0, 1) };
  const folder = 'raw/observations/ingest_date=2026-01-01';

  test.each([
    ['weather-data', 0, `${folder}/p03-00000000000000000042.parquet`],
    ['weather-data@2', 2, `${folder}/g2-p03-00000000000000000042.parquet`],
  ])('an object of %s has a key of its generation', (topic, generation, key) => {
    expect(objectKey({ ...first, topic })).toBe(key);
    expect(parseObjectKey(key)).toEqual({ date: '2026-01-01', generation, partition: 3, offset: 42 });
  });

  test('errors of a later generation do not replace those of an earlier one', () => {
    expect(errorsKey({ ...first, topic: 'error-data@1' })).toBe(
      'errors/error_date=2026-01-01/g1-p03-00000000000000000042.json.gz',
    );
  });

  test.each([
    `${folder}/g0-p03-00000000000000000042.parquet`,
    `${folder}/g1p03-00000000000000000042.parquet`,
  ])('%s is no key of landing', (key) => {
    expect(parseObjectKey(key)).toBeUndefined();
  });
});
