import { expect, test } from '@jest/globals';
import { trainingRow } from '../../../../bin/models/training-row.ts';

const names = ['amount_log', 'country'] as const;
const read = (features: unknown) => trainingRow(JSON.stringify({ features, is_fraud: true }), names);

test('a training row has its features, and missing ones are null', () => {
  expect(read({ amount_log: 1.5, country: null, other: 1 })).toMatchObject({
    amount_log: 1.5,
    country: null,
  });
});

test.each([
  ['no object', 7, 'found no features, expected {"features": {…}, …}'],
  ['a feature that is absent', { amount_log: 1 }, 'country: found nothing, expected a string or null'],
  [
    'a text for a number',
    { amount_log: '1', country: 'DE' },
    'amount_log: found "1", expected a number or null',
  ],
  ['a number for a category', { amount_log: 1, country: 3 }, 'country: found 3, expected a string or null'],
])('a row with %s is refused, since the model would score it as missing', (_, features, message) => {
  expect(() => read(features)).toThrow(message);
});
