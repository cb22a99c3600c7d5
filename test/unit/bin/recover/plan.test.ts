import { expect, test } from '@jest/globals';
import { planObjects, planResumes } from '../../../../bin/recover/plan.ts';

const position = {
  group: 'land-observations',
  topic: 'weather-data',
  generation: 0,
  partition: 3,
  begin: 0,
  end: 100,
  committed: 90,
  ledger: 40,
};

test('a consumer goes on at the ledger, not at what its group has committed', () => {
  expect(planResumes([position])).toEqual([{ ...position, offset: 40, replayed: 60, expired: 0 }]);
});

test('a partition that the ledger does not know is replayed from its beginning', () => {
  expect(planResumes([{ ...position, ledger: undefined, begin: 10 }])).toMatchObject([
    { offset: 10, replayed: 90, expired: 10 },
  ]);
});

test('records that expired since the snapshot are counted, and the consumer goes on behind them', () => {
  expect(planResumes([{ ...position, begin: 55 }])).toMatchObject([
    { offset: 55, replayed: 45, expired: 15 },
  ]);
});

test('a ledger past the end of its topic is refused: the topic is another one', () => {
  expect(() => planResumes([position, { ...position, partition: 4, end: 39 }])).toThrow(
    'The ledger of land-observations is at 40 of weather-data/4, but the topic ends at 39.',
  );
});

const snapshotMs = Date.UTC(2024, 0, 1);
const minuteMs = 60_000;
const objectAt = (offset: number, storedAtMs: number, partition = 3, generation = 0) => ({
  key: `p${partition}-${offset}`,
  eTag: '"1"',
  date: '2024-01-01',
  generation,
  partition,
  offset,
  storedAtMs,
});
const keysOf = (objects: readonly { readonly key: string }[]) => objects.map(({ key }) => key);

test('objects that begin at the ledger or later are removed, whenever they were written', () => {
  const objects = [objectAt(39, 0), objectAt(40, 0), objectAt(70, snapshotMs)];
  const { remove } = planObjects(objects, [{ generation: 0, partition: 3, offset: 40 }], snapshotMs);
  expect(keysOf(remove)).toEqual(['p3-40', 'p3-70']);
});

test('an object that begins before the ledger is examined unless it is older than the snapshot', () => {
  const objects = [
    objectAt(10, snapshotMs - 60 * minuteMs),
    objectAt(20, snapshotMs - minuteMs), // the clocks may differ
    objectAt(30, snapshotMs + minuteMs),
    objectAt(40, snapshotMs + minuteMs),
  ];
  const resumes = [{ generation: 0, partition: 3, offset: 40 }];
  expect(keysOf(planObjects(objects, resumes, snapshotMs).examine)).toEqual(['p3-20', 'p3-30']);
  expect(keysOf(planObjects(objects, resumes, undefined).examine)).toEqual(['p3-10', 'p3-20', 'p3-30']);
});

test('an object of a partition that the topic does not have is left alone', () => {
  const { remove } = planObjects(
    [objectAt(99, snapshotMs, 7)],
    [{ generation: 0, partition: 3, offset: 40 }],
    snapshotMs,
  );
  expect(remove).toEqual([]);
});

test('objects of an earlier generation of the topic are left alone', () => {
  const objects = [objectAt(99, snapshotMs), objectAt(99, snapshotMs, 3, 1), objectAt(1, snapshotMs)];
  const plan = planObjects(objects, [{ generation: 1, partition: 3, offset: 40 }], snapshotMs);
  expect(plan).toEqual({ remove: [objectAt(99, snapshotMs, 3, 1)], examine: [] });
});
