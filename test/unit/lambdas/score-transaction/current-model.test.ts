import { beforeEach, expect, test } from '@jest/globals';
import { currentModel } from '../../../../lambdas/score-transaction/current-model.ts';
import { parseModel } from '../../../../lambdas/score-transaction/model.ts';
import shipped from '../../../../lambdas/score-transaction/shipped-model/model.json' with { type: 'json' };
import { makeScorer } from '../../../../lambdas/score-transaction/trees.ts';

const modelText = (version: string) => JSON.stringify({ ...shipped, version });

let nowMs: number;
let current: string | undefined | Error;
let models: Map<string, string>;
let looks: number;
let refused: string[];
let logged: string[];

const open = () =>
  currentModel({
    currentVersion: async () => {
      looks += 1;
      if (current instanceof Error) throw current;
      return current;
    },
    readModel: async (version) => {
      const text = models.get(version);
      if (text === undefined) throw new Error(`there is no ${version}`);
      return text;
    },
    shipped: makeScorer(parseModel(modelText('shipped'))),
    refuse: async (error) => void refused.push(String(error.cause)),
    now: () => nowMs,
    log: { info: () => {}, error: (message) => void logged.push(String(message)) },
  });

const version = async (scorer: ReturnType<typeof open>) => (await scorer()).version;
/** What was begun in the background of a request is done at the next one. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  nowMs = 1_000_000;
  current = undefined;
  models = new Map([1, 2].map((each) => [`v${each}`, modelText(`v${each}`)]));
  looks = 0;
  refused = [];
  logged = [];
});

test('without a model in the lake, the one that was shipped serves', async () => {
  expect(await version(open())).toBe('shipped');
  expect({ refused, logged }).toEqual({ refused: [], logged: [] });
});

test('the first request of a function is scored with the current model already', async () => {
  current = 'v1';
  expect(await version(open())).toBe('v1');
});

test('another model is picked up within a minute, by a request that waits for nothing', async () => {
  const scorer = open();
  await scorer();
  current = 'v1';
  nowMs += 20_000;
  expect(await version(scorer)).toBe('shipped');
  await settle();
  expect(await version(scorer)).toBe('v1');
  expect(looks).toBe(2);
});

test('after a pause of a minute the first request waits for a look', async () => {
  const scorer = open();
  await scorer();
  current = 'v2';
  nowMs += 60_000;
  expect(await version(scorer)).toBe('v2');
});

test('it is looked for every 20 seconds, however many requests there are', async () => {
  const scorer = open();
  for (let second = 0; second < 60; second++) {
    await scorer();
    await settle();
    nowMs += 1_000;
  }
  expect(looks).toBe(3);
});

test.each([
  ['is no JSON', '{'],
  ['lacks its trees', JSON.stringify({ ...shipped, version: 'broken', trees: [] })],
  ['says that it is another', modelText('v1')],
])('a model that %s is refused at each look, and the one at hand stays', async (_, text) => {
  models.set('broken', text);
  const scorer = open();
  current = 'v1';
  await scorer();
  current = 'broken';
  for (let look = 1; look <= 2; look++) {
    nowMs += 20_000;
    await scorer();
    await settle();
    expect(await version(scorer)).toBe('v1');
    expect(refused).toHaveLength(look);
  }
  models.set('broken', modelText('broken'));
  nowMs += 20_000;
  await scorer();
  await settle();
  expect(await version(scorer)).toBe('broken');
});

test('a lake that cannot be reached is no fault of the model', async () => {
  const scorer = open();
  current = Object.assign(new Error('no route'), { code: 'ECONNREFUSED' });
  expect(await version(scorer)).toBe('shipped');
  expect(refused).toEqual([]);
  expect(logged).toHaveLength(1);
});
