import { expect, test } from '@jest/globals';
import { SeenRows } from '../../../../bin/audit/seen-rows.ts';

test('a row of a file is new only once, whatever its number and the order of rows', () => {
  const seen = new SeenRows();
  const rows = [0, 31, 32, 1023, 1024, 7, 2 ** 31, 2 ** 32 + 5, 999_999_999_999_999];
  for (const source of ['a.csv@1', 'b.csv@1']) {
    for (const row of rows) {
      expect(seen.has(source, row)).toBe(false);
      expect(seen.add(source, row)).toBe(true);
    }
  }
  for (const row of rows) expect([seen.has('a.csv@1', row), seen.add('a.csv@1', row)]).toEqual([true, false]);
  expect([seen.has('a.csv@1', 33), seen.has('c.csv@1', 0)]).toEqual([false, false]);
});
