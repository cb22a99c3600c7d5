import { describe, expect, test } from '@jest/globals';
import { auditLanding } from '../../../../bin/audit/audit-landing.ts';
import type { LandedRows } from '../../../../bin/audit/landed-object.ts';
import { type DeadLetter, type Ports, Unreadable } from '../../../../bin/audit/ports.ts';
import type { KafkaRecord } from '../../../../lambdas/shared/kafka/kafka-event.ts';
import { objectKey } from '../../../../lambdas/weather/land-observations/object-key.ts';
import { kafkaRecordWith } from '../../../fixtures/kafka-events.ts';

const topic = 'weather-data';
const timestampMs = Date.UTC(2024, 4, 5, 12);
const valid = {
  Location: 'Seoul',
  Date_Time: '2024-01-01 00:00:01',
  Temperature_C: 12.3,
  Humidity_pct: 55,
  Precipitation_mm: 0,
  Wind_Speed_kmh: 10.1,
};

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, place) => from + place);
const keyOf = (offset: number, partition = 0) => objectKey({ partition, offset, timestampMs });

/** Row n of the file lies at offset n. */
const landed = (offsets: readonly number[], changes: Partial<LandedRows> = {}): LandedRows => ({
  topics: offsets.map(() => topic),
  partitions: offsets.map(() => 0),
  offsets,
  sources: offsets.map(() => 'a.csv@1'),
  rows: [...offsets],
  firstTimestampMs: timestampMs,
  ...changes,
});

const record = (offset: number, changes: Partial<KafkaRecord> = {}): KafkaRecord =>
  kafkaRecordWith({
    topic,
    offset,
    timestampMs,
    text: '{}',
    value: valid,
    headers: { source: 'a.csv@1', row: offset },
    ...changes,
  });

interface World {
  ledger: number;
  /** The ledger when it is read again. */
  ledgerAfter?: number;
  begin: number;
  end: number;
  objects: Map<string, LandedRows | Error>;
  records: KafkaRecord[];
  rejections: number[];
  deadLetters: Omit<DeadLetter, 'partition'>[];
  areErrorsStored: boolean;
  lastRow: number;
  origins: string[];
}

/** A partition with offsets 0 to 29, all landed in three objects. */
function clean(): World {
  const starts = [0, 10, 20];
  return {
    ledger: 30,
    begin: 0,
    end: 30,
    objects: new Map(starts.map((start) => [keyOf(start), landed(range(start, start + 10))])),
    records: range(0, 30).map((offset) => record(offset)),
    rejections: [],
    deadLetters: [],
    areErrorsStored: true,
    lastRow: 29,
    origins: [],
  };
}

function portsOf(world: World): Ports {
  const ledgers = [world.ledger, world.ledgerAfter ?? world.ledger];
  return {
    ledger: async () => new Map([[0, ledgers.shift() ?? world.ledger]]),
    topicEnds: async () => [{ partition: 0, begin: world.begin, end: world.end }],
    keys: async function* () {
      yield* world.objects.keys();
    },
    read: async (key) => {
      const object = world.objects.get(key);
      if (object instanceof Error) throw object;
      return object;
    },
    visitRecords: async (ranges, visit) => {
      for (const { from, to } of ranges.get(0) ?? [])
        for (const each of world.records)
          if (each.offset >= Math.max(from, world.begin) && each.offset < to) visit(each);
    },
    storedRejections: async function* () {
      for (const offset of world.rejections) yield { partition: 0, offset };
    },
    deadLetters: async function* () {
      for (const letter of world.deadLetters) yield { partition: 0, ...letter };
    },
    areErrorsStored: async () => world.areErrorsStored,
    progress: async function* () {
      yield { partition: 0, source: 'a.csv@1', lastRow: world.lastRow };
    },
    appliedOrigins: async (origins) => new Set(origins.filter((origin) => world.origins.includes(origin))),
  };
}

async function auditOf(change: (world: World) => void) {
  const world = clean();
  change(world);
  const audit = await auditLanding(topic, 'land-observations', portsOf(world));
  const [partition] = audit.partitions;
  if (!partition) throw new Error('The partition was not audited');
  return {
    ...partition,
    kinds: audit.findings.map(({ kind }) => kind),
    texts: audit.findings.map(({ what }) => what),
  };
}

/** Rows at these offsets of the first object are not in the lake. */
const without = (world: World, ...offsets: number[]) =>
  world.objects.set(keyOf(0), landed(range(0, 10).filter((offset) => !offsets.includes(offset))));

const change = (world: World, offset: number, changes: Partial<KafkaRecord>) => {
  world.records[offset] = record(offset, changes);
};

test('a lake that holds every record once has no finding', async () => {
  const audit = await auditOf(() => {});
  expect(audit).toMatchObject({ objects: 3, rows: 30, ledger: 30, kinds: [], notVerifiable: 0, inFlight: 0 });
});

describe('findings', () => {
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
    expect(texts[0]).toContain('row 9 of a.csv@1');
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
    const { kinds } = await auditOf(({ objects }) =>
      objects.set(keyOf(0), landed([0, 2, 1, ...range(3, 10)])),
    );
    expect(kinds).toEqual(['disorder']);
  });

  test('a record that landed twice in one object is a duplicate offset', async () => {
    const { kinds } = await auditOf(({ objects }) =>
      objects.set(keyOf(0), landed([0, 1, 1, ...range(2, 10)])),
    );
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
    expect(texts[0]).toBe('the ledger has seen a.csv@1 up to row 28, but row 29 landed as offset 29');
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
});

describe('offsets and objects without a finding', () => {
  const gapAt4 = (world: World, changes: Partial<KafkaRecord>) => {
    without(world, 4);
    change(world, 4, changes);
  };

  test('a rejected record that is stored as an error is accounted for', async () => {
    const audit = await auditOf((world) => {
      gapAt4(world, { value: 1 });
      world.rejections = [4];
    });
    expect(audit).toMatchObject({ kinds: [], accounted: { rejected: 1 } });
  });

  test('a rejected record whose error is not stored yet is accounted for', async () => {
    const audit = await auditOf((world) => {
      gapAt4(world, { text: null, value: undefined });
      world.areErrorsStored = false;
    });
    expect(audit).toMatchObject({ kinds: [], accounted: { rejected: 1 } });
  });

  test('a row that the producer sent twice is accounted for', async () => {
    const audit = await auditOf((world) => gapAt4(world, { headers: { source: 'a.csv@1', row: 3 } }));
    expect(audit).toMatchObject({ kinds: [], accounted: { 'repeated row': 1 } });
  });

  test('a discarded record that was redriven or ignored is accounted for, even after the topic expired it', async () => {
    const audit = await auditOf((world) => {
      without(world, 2, 4, 5);
      world.begin = 3;
      world.deadLetters = [
        { offset: 2, status: 'redriven', row: null },
        { offset: 4, status: 'redriven', row: null },
        { offset: 5, status: 'ignored', row: null },
      ];
    });
    expect(audit).toMatchObject({ kinds: [], notVerifiable: 0, accounted: { redriven: 2, ignored: 1 } });
  });

  test('the copy of a discarded row is accounted for', async () => {
    const audit = await auditOf((world) => {
      without(world, 3, 4);
      change(world, 4, { headers: { source: 'a.csv@1', row: 3 } });
      world.deadLetters = [{ offset: 3, status: 'redriven', row: { fileName: 'a.csv', line: 3 } }];
    });
    expect(audit).toMatchObject({ kinds: [], accounted: { redriven: 1, 'repeated row': 1 } });
  });

  test('the dead letter of a landed record is not counted', async () => {
    const audit = await auditOf((world) => {
      world.deadLetters = [{ offset: 4, status: 'redriven', row: null }];
    });
    expect(audit).toMatchObject({ kinds: [], accounted: { redriven: 0 } });
  });

  test('a retry for another consumer is accounted for', async () => {
    const audit = await auditOf((world) => gapAt4(world, { headers: { retryFor: 'watch-weather' } }));
    expect(audit).toMatchObject({ kinds: [], accounted: { 'for another consumer': 1 } });
  });

  test('a retry that was delivered twice is accounted for', async () => {
    const origin = { topic, partition: 0, offset: 2 };
    const audit = await auditOf((world) => {
      gapAt4(world, { headers: { origin } });
      world.origins = ['weather-data/0/2'];
    });
    expect(audit).toMatchObject({ kinds: [], accounted: { 'repeated retry': 1 } });
    expect(await auditOf((world) => gapAt4(world, { headers: { origin } }))).toMatchObject({
      kinds: ['gap'],
    });
  });

  test('an offset without a record, such as a transaction marker, is accounted for', async () => {
    const audit = await auditOf((world) => {
      without(world, 4);
      world.records.splice(4, 1);
    });
    expect(audit).toMatchObject({ kinds: [], accounted: { absent: 1 } });
  });

  test('an expired offset is not verifiable, unless a stored error accounts for it', async () => {
    const audit = await auditOf((world) => {
      without(world, 3, 4);
      world.begin = 8;
      world.rejections = [3];
    });
    expect(audit).toMatchObject({ kinds: [], notVerifiable: 1, accounted: { rejected: 1, absent: 0 } });
  });

  test('an object of a batch in flight or of a failed attempt is no finding', async () => {
    const audit = await auditOf((world) => {
      world.end = 50;
      world.objects.set(keyOf(30), landed(range(30, 40)));
    });
    expect(audit).toMatchObject({ kinds: [], inFlight: 10 });
  });

  test('a batch in flight after a transaction marker is no finding', async () => {
    const audit = await auditOf((world) => {
      world.end = 50;
      world.objects.set(keyOf(31), landed(range(31, 40)));
    });
    expect(audit).toMatchObject({ kinds: [], inFlight: 9 });
  });

  test('a batch in flight after records that do not land is no finding', async () => {
    const audit = await auditOf((world) => {
      world.end = 50;
      world.records.push(
        record(30, { headers: { source: 'a.csv@1', row: 3 } }),
        record(31, { value: 1 }),
        record(32, { headers: { retryFor: 'watch-weather' } }),
        record(33, { headers: { origin: { topic, partition: 0, offset: 2 } } }),
      );
      world.origins = ['weather-data/0/2'];
      world.objects.set(keyOf(34), landed(range(34, 40)));
    });
    expect(audit).toMatchObject({ kinds: [], inFlight: 6 });
  });

  test('a batch committed during the audit is no finding', async () => {
    const audit = await auditOf((world) => {
      world.ledgerAfter = 40;
      world.end = 40;
      world.objects.set(keyOf(30), landed(range(30, 40)));
    });
    expect(audit).toMatchObject({ kinds: [], inFlight: 0, ledger: 40 });
  });

  test('a batch that landed after the listing of objects is no finding', async () => {
    const audit = await auditOf((world) => {
      world.ledgerAfter = 40;
      world.end = 40;
      world.records.push(...range(30, 40).map((offset) => record(offset)));
    });
    expect(audit).toMatchObject({ kinds: [], ledger: 40 });
  });

  test('a redriven record does not count as a row of its file', async () => {
    const audit = await auditOf((world) => {
      world.lastRow = 28;
      change(world, 29, {
        headers: { source: 'a.csv@1', row: 29, origin: { topic: 'errors', partition: 0, offset: 1 } },
      });
    });
    expect(audit).toMatchObject({ kinds: [] });
  });

  test('an object deleted after the listing is no finding when another object has its rows', async () => {
    const world = clean();
    world.objects.set(keyOf(20), landed(range(20, 30)));
    const ports = portsOf(world);
    const keys = async function* () {
      yield* world.objects.keys();
      yield keyOf(99);
    };
    const audit = await auditLanding(topic, 'land-observations', { ...ports, keys });
    expect(audit.findings).toEqual([]);
  });
});

test('of a thousand findings of one kind all are counted and the first hundred are listed', async () => {
  const world = clean();
  for (let start = 1_000; start < 2_000; start++) world.objects.set(keyOf(start), landed([start]));
  const audit = await auditLanding(topic, 'land-observations', portsOf(world));
  expect(audit.counts).toEqual({ orphan: 1_000 });
  expect(audit.findings).toHaveLength(100);
});
