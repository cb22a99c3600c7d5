import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LandedRow } from '../../../../../lambdas/weather/land-observations/parquet.ts';
import {
  compactDate,
  type Ports,
  type ReadObject,
} from '../../../../../lambdas/weather/tidy-observations/compact-date.ts';
import { smallBytes } from '../../../../../lambdas/weather/tidy-observations/plan-merges.ts';
import { runs } from '../../../../fixtures/runs.ts';

const date = '2024-01-01';
const now = Date.UTC(2024, 0, 2);
const rowBytes = 4_000;

class Crash extends Error {}

const rowAt = (partition: number, offset: number) =>
  ({ record: { partition, offset }, observation: {} }) as unknown as LandedRow;

interface Stored extends ReadObject {
  readonly partition: number;
  readonly storedAtMs: number;
}

/** A lake in memory. Any of its changes may be the last before a crash: behind it, or in its place. */
function lakeOf(objects: readonly { partition: number; offset: number; rows: number }[]) {
  const lake = new Map<string, Stored>();
  let versions = 0;
  const keyOf = (partition: number, offset: number) => `p${partition}-${String(offset).padStart(20, '0')}`;
  const put = (partition: number, rows: readonly LandedRow[], storedAtMs = now - 3_600_000) =>
    lake.set(keyOf(partition, rows[0]?.record.offset ?? 0), {
      partition,
      rows,
      eTag: `v${versions++}`,
      storedAtMs,
    });
  const nextOffsets = new Map<string, number>();
  for (const { partition, offset, rows } of objects) {
    put(
      partition,
      Array.from({ length: rows }, (_, row) => rowAt(partition, offset + row)),
    );
    nextOffsets.set(`p${partition}`, offset + rows);
  }

  let changesLeft = Number.POSITIVE_INFINITY;
  const change = (apply: () => void) => {
    if (changesLeft-- <= 0) throw new Crash();
    apply();
  };
  const ports = (changes: Partial<Ports> = {}): Ports => ({
    settled: async () => ({ nextOffsets, gaps: new Map() }),
    list: async () =>
      [...lake].map(([key, { partition, rows, storedAtMs }]) => ({
        key,
        partition: `p${partition}`,
        offset: Number(key.slice(-20)),
        bytes: rows.length * rowBytes,
        storedAtMs,
      })),
    whileUnused: (_, work) => work(async () => {}),
    read: async (key) => lake.get(key),
    replace: async ({ key, eTag }, rows) =>
      change(() => {
        expect(lake.get(key)?.eTag).toBe(eTag);
        put(rows[0]?.record.partition ?? 0, rows, now);
      }),
    remove: async (versions) => {
      for (const { key, eTag } of versions)
        change(() => {
          if (lake.get(key)?.eTag === eTag) lake.delete(key);
        });
    },
    isTimeUp: () => false,
    now: () => now,
    ...changes,
  });
  return {
    lake,
    ports,
    compact: (changes?: Partial<Ports>) => compactDate(date, ports(changes)),
    crashAfter: (changes: number) => {
      changesLeft = changes;
    },
    rows: () =>
      [...lake.values()]
        .flatMap(({ rows }) => rows.map(({ record }) => `${record.partition}/${record.offset}`))
        .toSorted(),
    /** An hour later, nothing is young. */
    age: () => {
      for (const [key, object] of lake) lake.set(key, { ...object, storedAtMs: now - 3_600_000 });
    },
  };
}

const small = Array.from({ length: 30 }, (_, object) => ({ partition: 0, offset: object * 10, rows: 7 }));

test('small objects become one, with all of their rows in order, under the key of the first', async () => {
  const { lake, compact, rows } = lakeOf(small);
  const before = rows();
  expect(await compact()).toEqual({ removed: 29, merged: 1, left: 0 });
  expect(rows()).toEqual(before);
  expect([...lake.keys()]).toEqual(['p0-00000000000000000000']);
  const offsets = [...lake.values()].flatMap((object) => object.rows.map(({ record }) => record.offset));
  expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
});

test('wherever a run dies, the next one leaves each row once, and no more objects than a run that lives', async () => {
  const objects = fc
    .array(fc.record({ partition: fc.nat({ max: 2 }), rows: fc.constantFrom(1, 10, 200, 300) }), {
      minLength: 2,
      maxLength: 25,
    })
    .map((sizes) => {
      const next = [0, 0, 0];
      return sizes.map(({ partition, rows }) => {
        const offset = next[partition] ?? 0;
        next[partition] = offset + rows + 3;
        return { partition, offset, rows };
      });
    });
  await fc.assert(
    fc.asyncProperty(objects, fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), async (landed, crashes) => {
      const world = lakeOf(landed);
      const before = world.rows();
      for (const changes of crashes) {
        world.crashAfter(changes);
        await world.compact().catch((error) => {
          if (!(error instanceof Crash)) throw error;
        });
        // Nothing is lost, whatever happens; rows may be there twice.
        expect([...new Set(world.rows())]).toEqual(before);
        if (changes % 2 === 0) world.age();
      }
      world.crashAfter(Number.POSITIVE_INFINITY);
      // What was put last before a crash may be young, and hides what comes behind it from one run.
      for (let run = 0; run < 3; run++) {
        world.age();
        await world.compact();
      }
      expect(world.rows()).toEqual(before);
      for (const partition of [0, 1, 2]) {
        const ofPartition = [...world.lake.values()].filter((object) => object.partition === partition);
        const bytes = ofPartition.reduce((sum, object) => sum + object.rows.length * rowBytes, 0);
        // Of two neighbours, one is large.
        expect(ofPartition.length).toBeLessThanOrEqual(2 * (bytes / smallBytes) + 2);
      }
    }),
    runs({ all: 100, few: 25 }),
  );
});

test('a date that is read by a daily run is left for the next time', async () => {
  const { compact, rows, lake } = lakeOf(small);
  expect(await compact({ whileUnused: async () => undefined })).toEqual({ removed: 0, merged: 0, left: 1 });
  expect(lake.size).toBe(30);
  expect(rows()).toHaveLength(210);
});

test('when time is up, groups are left for the next time', async () => {
  const { compact } = lakeOf(small);
  expect(await compact({ isTimeUp: () => true })).toEqual({ removed: 0, merged: 0, left: 1 });
});

test('nothing is put or removed without the lock', async () => {
  const { compact, lake } = lakeOf(small);
  let reads = 0;
  const lostAfterReads = async () => {
    if (++reads > 4) throw new Error('the session was ended');
  };
  await expect(compact({ whileUnused: (_, work) => work(lostAfterReads) })).rejects.toThrow('session');
  expect(lake.size).toBe(30);
});

test('an object of which only some rows are in the one before it is a fault, and stays', async () => {
  const { compact, lake, rows } = lakeOf([
    { partition: 0, offset: 0, rows: 10 },
    { partition: 0, offset: 5, rows: 10 },
  ]);
  await expect(compact()).rejects.toThrow('5 of its 10 rows are in the object before it');
  expect(lake.size).toBe(2);
  expect(rows()).toHaveLength(20);
});
