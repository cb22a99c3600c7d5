import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { currentModel } from '../../../../../lambdas/fraud/score-transaction/current-model.ts';
import { parseModel } from '../../../../../lambdas/fraud/score-transaction/model.ts';
import shipped from '../../../../../lambdas/fraud/score-transaction/shipped-model/model.json' with {
  type: 'json',
};
import { makeScorer } from '../../../../../lambdas/fraud/score-transaction/trees.ts';

const modelText = (version: string) => JSON.stringify({ ...shipped, version });

let nowMs: number;
let current: string | undefined | Error | Promise<string>;
let models: Map<string, string>;
let checks: number;
let refused: string[];
let logged: string[];

const open = () =>
  currentModel({
    currentVersion: async () => {
      checks += 1;
      if (current instanceof Error) throw current;
      return current;
    },
    readModel: async (version) => {
      const text = models.get(version);
      if (text === undefined) throw new Error(`there is no ${version}`);
      return text;
    },
    shipped: makeScorer(parseModel(modelText('shipped'))),
    reportRefusal: async (error) => void refused.push(String(error.cause)),
    now: () => nowMs,
    log: { info: () => {}, error: (message) => void logged.push(String(message)) },
  });

const version = async (scorer: ReturnType<typeof open>) => (await scorer()).version;
/** Lets a check that a request started in the background finish. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  nowMs = 1_000_000;
  current = undefined;
  models = new Map([1, 2].map((each) => [`v${each}`, modelText(`v${each}`)]));
  checks = 0;
  refused = [];
  logged = [];
});

afterEach(() => void jest.useRealTimers());

test('without a model in the lake, the shipped model scores', async () => {
  expect(await version(open())).toBe('shipped');
  expect({ refused, logged }).toEqual({ refused: [], logged: [] });
});

test('the first request of a function is scored with the current model', async () => {
  current = 'v1';
  expect(await version(open())).toBe('v1');
});

test('a new model is used within a minute, and no request waits for it', async () => {
  const scorer = open();
  await scorer();
  current = 'v1';
  nowMs += 20_000;
  expect(await version(scorer)).toBe('shipped');
  await settle();
  expect(await version(scorer)).toBe('v1');
  expect(checks).toBe(2);
});

test('after a pause of a minute, the first request waits for a check', async () => {
  const scorer = open();
  await scorer();
  current = 'v2';
  nowMs += 60_000;
  expect(await version(scorer)).toBe('v2');
});

test('the current model is checked every 20 seconds, whatever the number of requests', async () => {
  const scorer = open();
  for (let second = 0; second < 60; second++) {
    await scorer();
    await settle();
    nowMs += 1_000;
  }
  expect(checks).toBe(3);
});

test.each([
  ['is no JSON', '{'],
  ['lacks its trees', JSON.stringify({ ...shipped, version: 'broken', trees: [] })],
  ['has another version', modelText('v1')],
])('a model that %s is refused at each check, and the model before it stays', async (_, text) => {
  models.set('broken', text);
  const scorer = open();
  current = 'v1';
  await scorer();
  current = 'broken';
  for (let check = 1; check <= 2; check++) {
    nowMs += 20_000;
    await scorer();
    await settle();
    expect(await version(scorer)).toBe('v1');
    expect(refused).toHaveLength(check);
  }
  models.set('broken', modelText('broken'));
  nowMs += 20_000;
  await scorer();
  await settle();
  expect(await version(scorer)).toBe('broken');
});

test.each([
  ['is deleted', undefined],
  ['names the shipped model', 'shipped'],
])('the shipped model scores again when the pointer %s, in warm functions and new ones', async (_, back) => {
  current = 'v1';
  const warm = open();
  expect(await version(warm)).toBe('v1');
  current = back;
  nowMs += 20_000;
  await warm();
  await settle();
  expect(await version(warm)).toBe('shipped');
  expect(await version(open())).toBe('shipped');
  expect({ refused, logged }).toEqual({ refused: [], logged: [] });
});

test('a check that never ends is replaced by another, and its late result is ignored', async () => {
  const scorer = open();
  await scorer();
  const { promise: hung, resolve: wake } = Promise.withResolvers<string>();
  current = hung;
  nowMs += 20_000;
  await scorer();
  current = 'v2';
  nowMs += 9_999;
  await scorer();
  expect(checks).toBe(2);
  nowMs += 1;
  await scorer();
  await settle();
  expect(await version(scorer)).toBe('v2');
  expect(logged).toEqual(['gave up a check for the current model']);
  wake('v1');
  await settle();
  expect(await version(scorer)).toBe('v2');
});

test('only one request waits for a check that does not end', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  const scorer = open();
  current = new Promise(() => {});
  const first = version(scorer);
  await jest.advanceTimersByTimeAsync(1_500);
  expect(await first).toBe('shipped');
  expect(await version(scorer)).toBe('shipped');
  expect(jest.getTimerCount()).toBe(0);
});

test('a lake that cannot be reached is logged, and no model is refused', async () => {
  const scorer = open();
  current = Object.assign(new Error('no route'), { code: 'ECONNREFUSED' });
  expect(await version(scorer)).toBe('shipped');
  expect(refused).toEqual([]);
  expect(logged).toHaveLength(1);
});
