import { expect, test } from '@jest/globals';
import {
  expireSupersededRuns,
  type Run,
} from '../../../../../lambdas/daily/expire-superseded-runs/expire-superseded-runs.ts';

const day = '2024-01-01';
const hourMs = 3_600_000;
const nameOf = ({ day, runId }: Run) => `${day} ${runId}`;

/** A lake and a table in memory, and a clock that tests set. */
function world(...runs: readonly Run[]) {
  const files = new Map(runs.map((run) => [nameOf(run), run]));
  const superseded = new Map<string, { run: Run; sinceMs: number }>();
  let nowMs = 0;
  let isCatalogBehind = false;
  const published = new Map<string, string>();
  const inCatalog = new Map<string, string>();
  return {
    left: () => [...files.keys()],
    write: (run: Run) => void files.set(nameOf(run), run),
    /** Makes the catalog point to a run that is not the published one. */
    pointCatalogAt: (run: Run) => {
      isCatalogBehind = true;
      inCatalog.set(run.day, run.runId);
    },
    publish: (runId: string, atHour: number) => {
      nowMs = atHour * hourMs;
      published.set(day, runId);
      if (!isCatalogBehind) inCatalog.set(day, runId);
      return expireSupersededRuns(day, {
        runsOf: async (of) => [...files.values()].filter((run) => run.day === of).map((run) => run.runId),
        runsInCatalog: async (of) => [inCatalog.get(of) ?? []].flat(),
        recordSuperseded: async (of, runs, inUse) => {
          for (const runId of runs) {
            const run = { day: of, runId };
            if (published.get(of) === runId || inUse.includes(runId)) superseded.delete(nameOf(run));
            else if (!superseded.has(nameOf(run))) superseded.set(nameOf(run), { run, sinceMs: nowMs });
          }
        },
        supersededBefore: async (ms) =>
          [...superseded.values()].filter(({ sinceMs }) => sinceMs < ms).map(({ run }) => run),
        removeFiles: async (run) => (files.delete(nameOf(run)) ? 1 : 0),
        deleteRecord: async (run) => void superseded.delete(nameOf(run)),
        now: () => nowMs,
      });
    },
  };
}

test('a superseded run keeps its files for a day, for queries that still read them', async () => {
  const { publish, left } = world({ day, runId: 'one' }, { day, runId: 'two' });
  await publish('two', 0);
  await publish('two', 24);
  expect(left()).toEqual([`${day} one`, `${day} two`]);
  expect(await publish('two', 24.1)).toEqual({ runs: 1, files: 1 });
  expect(left()).toEqual([`${day} two`]);
});

test('the grace day starts when a run is superseded, however old the run is', async () => {
  const { publish, left, write } = world({ day, runId: 'one' });
  await publish('one', 0);
  write({ day, runId: 'two' });
  await publish('two', 1_000);
  expect(left()).toEqual([`${day} one`, `${day} two`]);
});

test('a run recorded as superseded while it was still working keeps its files once it is published', async () => {
  const { publish, left } = world({ day, runId: 'one' }, { day, runId: 'two' });
  await publish('one', 0);
  await publish('two', 1);
  await publish('two', 24.5);
  expect(left()).toEqual([`${day} one`, `${day} two`]);
});

test('superseded runs of a day that is never run again expire with the next day that runs', async () => {
  const { publish, left, write } = world({ day, runId: 'one' }, { day, runId: 'two' });
  await publish('two', 0);
  write({ day: '2024-01-02', runId: 'three' });
  await publish('two', 30);
  expect(left()).toEqual([`${day} two`, '2024-01-02 three']);
});

test('a run to which the catalog still points keeps its files, however long ago it was superseded', async () => {
  const { publish, left, pointCatalogAt } = world({ day, runId: 'one' }, { day, runId: 'two' });
  pointCatalogAt({ day, runId: 'one' });
  await publish('two', 0);
  await publish('two', 100);
  expect(left()).toEqual([`${day} one`, `${day} two`]);
});

test('a run to which the catalog points again after it was superseded keeps its files', async () => {
  const { publish, left, pointCatalogAt, write } = world({ day, runId: 'one' }, { day, runId: 'two' });
  await publish('two', 0);
  pointCatalogAt({ day, runId: 'one' });
  write({ day, runId: 'three' });
  await publish('three', 30);
  await publish('three', 60);
  expect(left()).toEqual([`${day} one`, `${day} three`]);
});
