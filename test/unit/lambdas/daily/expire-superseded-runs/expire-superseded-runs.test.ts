import { expect, test } from '@jest/globals';
import { forgetRuns, type Run } from '../../../../../lambdas/daily/expire-superseded-runs/expire-superseded-runs.ts';

const day = '2024-01-01';
const hourMs = 3_600_000;
const nameOf = ({ day, runId }: Run) => `${day} ${runId}`;

/** A lake and a table in memory, and a clock that is set by hand. */
function world(...runs: readonly Run[]) {
  const files = new Map(runs.map((run) => [nameOf(run), run]));
  const replaced = new Map<string, { run: Run; sinceMs: number }>();
  let nowMs = 0;
  let lagging = false;
  const published = new Map<string, string>();
  const inCatalog = new Map<string, string>();
  return {
    left: () => [...files.keys()],
    write: (run: Run) => void files.set(nameOf(run), run),
    /** What the catalog shows, when that is not what was published. */
    pointCatalogAt: (run: Run) => {
      lagging = true;
      inCatalog.set(run.day, run.runId);
    },
    publish: (runId: string, atHour: number) => {
      nowMs = atHour * hourMs;
      published.set(day, runId);
      if (!lagging) inCatalog.set(day, runId);
      return forgetRuns(day, {
        runsOf: async (of) => [...files.values()].filter((run) => run.day === of).map((run) => run.runId),
        runsInCatalog: async (of) => [inCatalog.get(of) ?? []].flat(),
        noteReplaced: async (of, runs, shown) => {
          for (const runId of runs) {
            const run = { day: of, runId };
            if (published.get(of) === runId || shown.includes(runId)) replaced.delete(nameOf(run));
            else if (!replaced.has(nameOf(run))) replaced.set(nameOf(run), { run, sinceMs: nowMs });
          }
        },
        replacedBefore: async (ms) =>
          [...replaced.values()].filter(({ sinceMs }) => sinceMs < ms).map(({ run }) => run),
        removeFiles: async (run) => (files.delete(nameOf(run)) ? 1 : 0),
        forget: async (run) => void replaced.delete(nameOf(run)),
        now: () => nowMs,
      });
    },
  };
}

test('a replaced run keeps its files for a day, for those who read them', async () => {
  const { publish, left } = world({ day, runId: 'one' }, { day, runId: 'two' });
  await publish('two', 0);
  await publish('two', 24);
  expect(left()).toEqual([`${day} one`, `${day} two`]);
  expect(await publish('two', 24.1)).toEqual({ runs: 1, files: 1 });
  expect(left()).toEqual([`${day} two`]);
});

test('the day counts from when a run was replaced, however old it is', async () => {
  const { publish, left, write } = world({ day, runId: 'one' });
  await publish('one', 0);
  write({ day, runId: 'two' });
  await publish('two', 1_000);
  expect(left()).toEqual([`${day} one`, `${day} two`]);
});

test('a run that was noted while it was still at work, and then published, stays', async () => {
  const { publish, left } = world({ day, runId: 'one' }, { day, runId: 'two' });
  await publish('one', 0);
  await publish('two', 1);
  await publish('two', 24.5);
  expect(left()).toEqual([`${day} one`, `${day} two`]);
});

test('runs of a day that nobody runs again go with the next day that is run', async () => {
  const { publish, left, write } = world({ day, runId: 'one' }, { day, runId: 'two' });
  await publish('two', 0);
  write({ day: '2024-01-02', runId: 'three' });
  await publish('two', 30);
  expect(left()).toEqual([`${day} two`, '2024-01-02 three']);
});

test('a run that the catalog still points at keeps its files, however long ago it was replaced', async () => {
  const { publish, left, pointCatalogAt } = world({ day, runId: 'one' }, { day, runId: 'two' });
  pointCatalogAt({ day, runId: 'one' });
  await publish('two', 0);
  await publish('two', 100);
  expect(left()).toEqual([`${day} one`, `${day} two`]);
});

test('a run that the catalog came to point at after it was noted as replaced keeps its files', async () => {
  const { publish, left, pointCatalogAt, write } = world({ day, runId: 'one' }, { day, runId: 'two' });
  await publish('two', 0);
  pointCatalogAt({ day, runId: 'one' });
  write({ day, runId: 'three' });
  await publish('three', 30);
  await publish('three', 60);
  expect(left()).toEqual([`${day} one`, `${day} three`]);
});
