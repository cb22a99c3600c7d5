import { describe, expect, test } from '@jest/globals';
import { auditLanding } from '../../../../bin/audit/audit-landing.ts';
import { Unreadable } from '../../../../bin/audit/ports.ts';
import {
  auditOf,
  change,
  clean,
  keyOf,
  landed,
  portsOf,
  range,
  record,
  topic,
  type World,
  without,
} from './audited-landing.ts';

test('a lake that holds every record once has no finding', async () => {
  const audit = await auditOf(() => {});
  expect(audit).toMatchObject({ objects: 3, rows: 30, ledger: 30, kinds: [], notVerifiable: 0, inFlight: 0 });
});

test('a deleted object is a gap', async () => {
  const { kinds, texts } = await auditOf(({ objects }) => objects.delete(keyOf(10)));
  expect(kinds).toEqual(['gap']);
  expect(texts[0]).toBe('offsets 10 to 19: valid, below the ledger, and not in the lake');
});

test('a removed row is a gap', async () => {
  const { kinds, texts } = await auditOf((world) => without(world, 4));
  expect(kinds).toEqual(['gap']);
  expect(texts[0]).toContain('offset 4: valid');
});

test('an object copied under another key is found as misnamed, overlapping and duplicate', async () => {
  const { kinds, texts } = await auditOf(({ objects }) => objects.set(keyOf(5), landed(range(10, 20))));
  expect(kinds.sort()).toEqual(['duplicate offset', 'misnamed', 'overlap']);
  expect(texts).toContain(`${keyOf(10)} and ${keyOf(5)} share offsets 10 to 19`);
});

test.each([
  ['past', 25],
  ['before', 19],
])('an object whose key is %s its first row is misnamed', async (_, offset) => {
  const { kinds } = await auditOf(({ objects }) => {
    objects.delete(keyOf(20));
    objects.set(keyOf(offset), landed(range(20, 30)));
  });
  expect(kinds).toEqual(['misnamed']);
});

test('objects whose offset ranges overlap are found even if they share no row', async () => {
  const { kinds, texts } = await auditOf(({ objects }) => {
    objects.set(keyOf(0), landed(range(0, 20).filter((offset) => offset % 2 === 0)));
    objects.delete(keyOf(10));
    objects.set(keyOf(1), landed(range(0, 20).filter((offset) => offset % 2 === 1)));
  });
  expect(kinds).toEqual(['overlap']);
  expect(texts).toEqual([`${keyOf(0)} and ${keyOf(1)} share offsets 1 to 18`]);
});

test.each([
  ['of another partition', keyOf(20, 3)],
  ['of another day', keyOf(20).replace('2024-05-05', '2024-05-06')],
  ['that landing does not write', 'raw/observations/copy.parquet'],
])('an object with a key %s is misnamed', async (_, key) => {
  const { kinds } = await auditOf(({ objects }) => {
    objects.delete(keyOf(20));
    objects.set(key, landed(range(20, 30)));
  });
  expect(kinds).toEqual(['misnamed']);
});

test('a row of a file that landed from two records is a duplicate row', async () => {
  const { kinds, texts } = await auditOf(({ objects }) =>
    objects.set(keyOf(10), landed(range(10, 20), { rows: [9, ...range(11, 20)] })),
  );
  expect(kinds).toEqual(['duplicate row']);
  expect(texts[0]).toContain('row 9 of the file of a.csv@1 (a.csv@1)');
});

describe('two generations of a topic', () => {
  /** The records of the first one are gone, and the second has rows 30 to 39 of the file. */
  async function auditBoth(changeLater: (world: World) => void = () => {}) {
    const first = { ...clean(), begin: 30, records: [] };
    const later = {
      ...clean(),
      ledger: 10,
      end: 10,
      lastRow: 39,
      objects: new Map([[keyOf(0), landedLater(range(30, 40))]]),
      records: range(0, 10).map((offset) => recordLater(offset, offset + 30)),
    };
    changeLater(later);
    return auditLanding(topic, 'land-observations', [
      { name: topic, ports: portsOf(first) },
      { name: `${topic}@1`, ports: portsOf(later) },
    ]);
  }
  const landedLater = (rows: readonly number[]) =>
    landed(range(0, rows.length), { topics: rows.map(() => `${topic}@1`), rows });
  const recordLater = (offset: number, row: number) =>
    record(offset, { topic: `${topic}@1`, headers: { source: 'a.csv@1', row } });

  test('each generation is compared with its own ledger', async () => {
    const { partitions, counts } = await auditBoth();
    expect(counts).toEqual({});
    expect(partitions).toMatchObject([
      { generation: 0, partition: 0, ledger: 30, rows: 30 },
      { generation: 1, partition: 0, ledger: 10, rows: 10 },
    ]);
  });

  test('a row that landed in both is a duplicate, and the finding names the generation', async () => {
    const { findings } = await auditBoth(({ objects }) => {
      objects.set(keyOf(0), landedLater([29, ...range(31, 40)]));
    });
    expect(findings).toMatchObject([{ kind: 'duplicate row', topic: `${topic}@1`, partition: 0 }]);
  });

  test('a row that was sent to both, and that the later one left out, is explained', async () => {
    const { partitions, counts } = await auditBoth((world) => {
      world.records[0] = recordLater(0, 29);
      world.objects = new Map([
        [
          keyOf(1),
          landed(range(1, 10), { topics: range(1, 10).map(() => `${topic}@1`), rows: range(31, 40) }),
        ],
      ]);
    });
    expect(counts).toEqual({});
    expect(partitions[1]?.accounted['repeated row']).toBe(1);
  });
});

test('rows after a ledger at the end of the topic are an orphan', async () => {
  const { kinds, texts } = await auditOf(({ objects }) => objects.set(keyOf(30), landed([30, 31])));
  expect(kinds).toEqual(['orphan']);
  expect(texts[0]).toBe(`${keyOf(30)} has offsets 30 to 31, but the ledger is at 30`);
});

test('rows after the next batch are an orphan, even while records flow', async () => {
  const { kinds } = await auditOf((world) => {
    world.end = 50;
    world.records.push(...range(30, 50).map((offset) => record(offset)));
    world.objects.set(keyOf(40), landed(range(40, 45)));
  });
  expect(kinds).toEqual(['orphan']);
});

test.each([
  ['a record that lands', {}],
  ['a retry that has not landed', { headers: { origin: { topic, partition: 0, offset: 2 } } }],
])('rows after %s are an orphan, since no later attempt replaces their object', async (_, changes) => {
  const { kinds } = await auditOf((world) => {
    world.end = 50;
    world.records.push(record(30, changes));
    world.objects.set(keyOf(31), landed(range(31, 40)));
  });
  expect(kinds).toEqual(['orphan']);
});

test('an object that cannot be read is unreadable, and its rows are a gap', async () => {
  const { kinds } = await auditOf(({ objects }) => objects.set(keyOf(20), new Unreadable('cut off')));
  expect(await auditOf(({ objects }) => objects.set(keyOf(20), landed([])))).toMatchObject({ kinds });
  expect(kinds.sort()).toEqual(['gap', 'unreadable']);
});

test('an object with rows of two partitions or topics is unreadable', async () => {
  const partitions = [...range(0, 9).map(() => 0), 1];
  const topics = [...range(0, 9).map(() => topic), 'error-data'];
  for (const mixed of [{ partitions }, { topics }]) {
    const { kinds } = await auditOf(({ objects }) => objects.set(keyOf(20), landed(range(20, 30), mixed)));
    expect(kinds.sort()).toEqual(['gap', 'unreadable']);
  }
});

test('rows that are not in the order of their offsets are a disorder', async () => {
  const { kinds } = await auditOf(({ objects }) => objects.set(keyOf(0), landed([0, 2, 1, ...range(3, 10)])));
  expect(kinds).toEqual(['disorder']);
});

test('a record that landed twice in one object is a duplicate offset', async () => {
  const { kinds } = await auditOf(({ objects }) => objects.set(keyOf(0), landed([0, 1, 1, ...range(2, 10)])));
  expect(kinds.sort()).toEqual(['disorder', 'duplicate offset']);
});

test('a ledger past the end of the topic is a finding', async () => {
  const { kinds } = await auditOf((world) => {
    world.end = 20;
    world.begin = 20;
  });
  expect(kinds).toEqual(['ledger']);
});

test('a landed row that the ledger has not seen is a finding', async () => {
  const { kinds, texts } = await auditOf((world) => {
    world.lastRow = 28;
  });
  expect(kinds).toEqual(['ledger']);
  expect(texts[0]).toBe(
    'the ledger has seen the file of a.csv@1 (a.csv@1) up to row 28, but row 29 landed as offset 29',
  );
});

test('a record that Lambda discarded is a finding until it is redriven', async () => {
  const { kinds, texts } = await auditOf((world) => {
    without(world, 4, 5);
    world.deadLetters = [4, 5].map((offset) => ({ offset, status: 'open', row: null }));
  });
  expect(kinds).toEqual(['discarded']);
  expect(texts[0]).toBe(
    'offsets 4 to 5: Lambda discarded their batch. To send them again: npm run errors -- redrive --type BATCH_FAILED',
  );
});

test('an invalid record without a stored error is unreported', async () => {
  const { kinds } = await auditOf((world) => {
    without(world, 4);
    change(world, 4, { value: 1 });
  });
  expect(kinds).toEqual(['unreported']);
});

test('of a thousand findings of one kind all are counted and the first hundred are listed', async () => {
  const world = clean();
  for (let start = 1_000; start < 2_000; start++) world.objects.set(keyOf(start), landed([start]));
  const audit = await auditLanding(topic, 'land-observations', [{ name: topic, ports: portsOf(world) }]);
  expect(audit.counts).toEqual({ orphan: 1_000 });
  expect(audit.findings).toHaveLength(100);
});
