import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OffsetRuns, type Run } from '../../../../bin/audit/offset-runs.ts';

const run = fc.tuple(fc.nat(60), fc.nat(12)).map(([from, length]): Run => ({ from, to: from + length }));
const offsetsOf = (runs: Iterable<Run>) =>
  [...runs].flatMap(({ from, to }) => Array.from({ length: to - from }, (_, place) => from + place));

test('OffsetRuns equals a set of offsets, whatever the order of additions', () => {
  fc.assert(
    fc.property(fc.array(run, { maxLength: 20 }), run, (added, asked) => {
      const runs = new OffsetRuns();
      const model = new Set<number>();
      for (const each of added) {
        const offsets = offsetsOf([each]);
        expect(offsetsOf(runs.add(each))).toEqual(offsets.filter((offset) => model.has(offset)));
        for (const offset of offsets) model.add(offset);
      }
      expect(offsetsOf(runs)).toEqual([...model].sort((a, b) => a - b));
      expect(offsetsOf(runs.missing(asked))).toEqual(
        offsetsOf([asked]).filter((offset) => !model.has(offset)),
      );
      for (let offset = 0; offset < 80; offset++) expect(runs.has(offset)).toBe(model.has(offset));
    }),
  );
});

test('adjacent runs are stored as one', () => {
  const runs = new OffsetRuns();
  for (const from of [30, 0, 20, 10]) runs.add({ from, to: from + 10 });
  expect([...runs]).toEqual([{ from: 0, to: 40 }]);
});
