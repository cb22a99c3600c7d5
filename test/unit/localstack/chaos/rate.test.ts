import { expect, test } from '@jest/globals';
import { readRate } from '../../../../localstack/chaos/rate.ts';

test('a chaos rate is a number from 0 to 1', () => {
  expect(['0', '0.1', '1'].map(readRate)).toEqual([0, 0.1, 1]);
  for (const text of ['', ' ', '-0.1', '1.1', 'NaN', 'all'])
    expect(() => readRate(text)).toThrow(`--chaos ${text}: expected a number from 0 to 1`);
});
