import { expect, test } from '@jest/globals';
import {
  planMerges,
  type Settled,
  type StoredObject,
  smallBytes,
} from '../../../../../lambdas/weather/tidy-observations/plan-merges.ts';

const now = Date.UTC(2024, 0, 1, 12);
const minutes = 60_000;

const stored = (offset: number, changes: Partial<StoredObject> = {}): StoredObject => ({
  key: `p-${offset}`,
  partition: 'p00',
  offset,
  bytes: 4_000,
  storedAtMs: now - 60 * minutes,
  ...changes,
});

const settled: Settled = { nextOffsets: new Map([['p00', 1_000]]), gaps: new Map() };

/** The offsets of each group, behind that of the object before it. */
const plan = (objects: readonly StoredObject[], with_: Settled = settled) =>
  planMerges(objects, with_, now).map(({ before, members }) => [
    before?.offset,
    members.map(({ offset }) => offset),
  ]);

test('small neighbours of a partition are one group, in the order of their offsets', () => {
  expect(plan([stored(20), stored(0), stored(10)])).toEqual([[undefined, [0, 10, 20]]]);
});

test('partitions and generations do not mix', () => {
  const nextOffsets = new Map([
    ['p00', 100],
    ['g1-p00', 100],
  ]);
  const objects = [
    stored(0),
    stored(1, { partition: 'g1-p00' }),
    stored(10),
    stored(11, { partition: 'g1-p00' }),
  ];
  expect(plan(objects, { nextOffsets, gaps: new Map() })).toEqual([
    [undefined, [0, 10]],
    [undefined, [1, 11]],
  ]);
});

test('a single object has nothing to merge with', () => {
  expect(plan([stored(0)])).toEqual([]);
});

test.each([
  ['large', stored(10, { bytes: smallBytes })],
  ['written in the last 15 minutes', stored(10, { storedAtMs: now - 14 * minutes })],
])('an object that is %s stays, parts its neighbours, and is known to the next group', (_, object) => {
  expect(plan([stored(0), stored(5), object, stored(20), stored(30)])).toEqual([
    [undefined, [0, 5]],
    [10, [20, 30]],
  ]);
});

test('an object at or past the ledger may be an orphan, and stays', () => {
  expect(plan([stored(0), stored(10), stored(1_000), stored(1_010)])).toEqual([[undefined, [0, 10]]]);
});

test('an object in a gap may be the orphan of a discarded batch, and stays', () => {
  const gaps = new Map([['p00', [{ from: 10, to: 20 }]]]);
  expect(
    plan([stored(0), stored(5), stored(10), stored(19), stored(20), stored(30)], { ...settled, gaps }),
  ).toEqual([
    [undefined, [0, 5]],
    [19, [20, 30]],
  ]);
});

test('a group has at most 500 objects and 4 MB', () => {
  const many = Array.from({ length: 999 }, (_, offset) => stored(offset));
  expect(planMerges(many, settled, now).map(({ members }) => members.length)).toEqual([500, 499]);
  const heavy = Array.from({ length: 9 }, (_, offset) => stored(offset, { bytes: smallBytes - 1 }));
  expect(planMerges(heavy, settled, now).map(({ members }) => members.length)).toEqual([4, 4, 1]);
});
