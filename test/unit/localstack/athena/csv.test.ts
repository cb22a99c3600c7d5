import { expect, test } from '@jest/globals';
import { renderCsv } from '../../../../localstack/athena/csv.ts';

const result = {
  columns: [
    { name: 'city', type: 'varchar' },
    { name: 'n', type: 'bigint' },
    { name: 'hot', type: 'boolean' },
  ],
  rows: [
    ['Seoul', '12', 'true'],
    ['San\nFrancisco, "CA"', null, 'false'],
    ['', '9007199254740993', null],
  ],
};

test('CSV distinguishes NULL from an empty text', () => {
  expect(renderCsv(result)).toEqual([
    'city,n,hot',
    'Seoul,12,true',
    '"San\nFrancisco, ""CA""",,false',
    '"",9007199254740993,',
  ]);
});
