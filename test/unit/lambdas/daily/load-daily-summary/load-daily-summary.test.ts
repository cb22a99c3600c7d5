import { expect, test } from '@jest/globals';
import {
  type Difference,
  loadDailySummary,
  type Published,
  type SummaryRow,
} from '../../../../../lambdas/daily/load-daily-summary/load-daily-summary.ts';

/** A database in memory that holds one day. */
function world(first: Record<string, number> = {}) {
  let stored = new Map<string, number>(Object.entries(first));
  let published: Published | undefined;
  return {
    revisions: [] as number[],
    get stored() {
      return Object.fromEntries(stored);
    },
    lines: [] as string[],
    readLines: async function (this: { lines: string[] }) {
      return this.lines;
    },
    lockDay: async () => published,
    compare: async (_: string, rows: readonly SummaryRow[]): Promise<Difference[]> => {
      const after = new Map(rows.map(({ location, observations }) => [location, observations]));
      return [...new Set([...stored.keys(), ...after.keys()])]
        .map((location) => {
          return { location, before: stored.get(location) ?? null, after: after.get(location) ?? null };
        })
        .filter((row) => row.before !== row.after);
    },
    replace: async function (
      this: { revisions: number[] },
      _: string,
      revision: number,
      rows: readonly SummaryRow[],
    ) {
      this.revisions.push(revision);
      stored = new Map(rows.map(({ location, observations }) => [location, observations]));
    },
    /** What the database says about versions of files by now. */
    versions: '',
    superseded: async function (this: { versions: string }) {
      return this.versions;
    },
    replaceFiles: async () => [] as string[],
    confirm: async (_: string, run: Pick<Published, 'records' | 'superseded'>) => {
      if (published) published = { ...published, ...run };
    },
    publish: async (_: string, next: Omit<Published, 'inCatalog'>) => {
      published = { ...next, inCatalog: false };
    },
    /** Does what publish-day does. */
    moveTables: () => {
      if (published) published = { ...published, inCatalog: true };
    },
  };
}

type World = ReturnType<typeof world>;

const load = (
  to: World,
  runId: string,
  rows: Record<string, number>,
  { records, superseded = '' }: { records?: number; superseded?: string } = {},
) => {
  to.lines = Object.entries(rows).map(([location, observations]) =>
    JSON.stringify({ location, observations }),
  );
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
  const ports = { ...to, readLines: async () => to.lines, replace: to.replace.bind(to) };
  const report = {
    ...{ rows: total, records: records ?? total, digest: JSON.stringify(rows) },
    ...{ load: ['s3://x'], files: [] },
  };
  return loadDailySummary({ day: '2024-01-01', runId, superseded, report }, ports);
};

test('the first result of a day is revision 1, without changes', async () => {
  const database = world();
  expect(await load(database, 'r1', { Seoul: 5 })).toEqual({ revision: 1, isNew: true, changes: [] });
});

test('a later run with the same result changes nothing', async () => {
  const database = world();
  await load(database, 'r1', { Seoul: 5 });
  database.moveTables();
  expect(await load(database, 'r2', { Seoul: 5 })).toMatchObject({ revision: 1, isNew: false });
  expect(database.revisions).toEqual([1]);
});

test('a later run with the same result returns the changes that the tables do not show', async () => {
  const database = world();
  await load(database, 'r1', { Seoul: 5 });
  database.moveTables();
  await load(database, 'r2', { Seoul: 6 });
  const changes = ['5 → 6 rows', 'Seoul: 5 → 6 observations'];
  expect(await load(database, 'r3', { Seoul: 6 })).toEqual({ revision: 2, isNew: true, changes });
  expect(await load(database, 'r4', { Seoul: 6, Oslo: 1 })).toEqual({
    revision: 3,
    isNew: true,
    changes: [...changes, '6 → 7 rows', 'Oslo: new, 1 observations'],
  });
});

test('a repeated load returns the same answer', async () => {
  const database = world();
  await load(database, 'r1', { Seoul: 5 });
  const first = await load(database, 'r2', { Seoul: 6 });
  expect(await load(database, 'r2', { Seoul: 6 })).toEqual(first);
  expect(database.revisions).toEqual([1, 2]);
});

test('a correction returns its changes per location', async () => {
  const database = world();
  await load(database, 'r1', { Seoul: 5, Oslo: 1 });
  expect(await load(database, 'r2', { Seoul: 6, Lima: 2 })).toMatchObject({
    revision: 2,
    changes: [
      '6 → 8 rows',
      'Seoul: 5 → 6 observations',
      'Oslo: gone, had 1 observations',
      'Lima: new, 2 observations',
    ],
  });
  expect(database.stored).toEqual({ Seoul: 6, Lima: 2 });
});

test('a run with fewer rows than the published result is refused and changes nothing', async () => {
  const database = world();
  await load(database, 'r2', { Seoul: 6 });
  await expect(load(database, 'r1', { Seoul: 5 })).rejects.toThrow('5 rows, fewer than the 6');
  expect(database.stored).toEqual({ Seoul: 6 });
});

test('a run with fewer rows, because a file was replaced or rows were repeated, is loaded', async () => {
  const database = world();
  await load(database, 'r1', { Seoul: 6 });
  database.versions = 'v1';
  const loaded = await load(database, 'r2', { Seoul: 4 }, { records: 8, superseded: 'v1' });
  expect(loaded).toMatchObject({ revision: 2, changes: ['6 → 4 rows', 'Seoul: 6 → 4 observations'] });
});

test('a run that began before a file was replaced is refused once a run that knows it is published', async () => {
  const database = world();
  database.versions = 'v2';
  await load(database, 'r2', { Seoul: 4 }, { records: 6, superseded: 'v2' });
  await expect(load(database, 'r1', { Seoul: 6 }, { superseded: '' })).rejects.toThrow('A file was replaced');
  expect(database.stored).toEqual({ Seoul: 4 });
});

test('a run that found the same result from more records is noted, so that the day is not due again', async () => {
  const database = world();
  await load(database, 'r1', { Seoul: 5 });
  database.versions = 'v1';
  await load(database, 'r2', { Seoul: 5 }, { records: 9, superseded: 'v1' });
  expect(await database.lockDay()).toMatchObject({ revision: 1, records: 9, superseded: 'v1' });
});

test('a line without a number of observations is refused', async () => {
  const database = world();
  const ports = { ...database, readLines: async () => ['{"location":"Seoul"}'] };
  const report = { rows: 1, records: 1, digest: '', load: ['s3://x'], files: [] };
  const run = { day: '2024-01-01', runId: 'r1', superseded: '', report };
  await expect(loadDailySummary(run, ports)).rejects.toThrow('no number of observations');
});
