import { beforeEach, expect, test } from '@jest/globals';
import { challengerModel } from '../../../../../lambdas/fraud/monitor-transactions/challenger-model.ts';
import { features, smallModel } from '../score-transaction/small-model.ts';

let named: string | undefined;
let failure: Error | undefined;
let reads: string[];
let logged: string[];
let nowMs: number;
beforeEach(() => {
  [named, failure, reads, logged, nowMs] = ['small', undefined, [], [], 0];
});

const models = new Map([
  ['small', JSON.stringify(smallModel)],
  ['broken', '{'],
]);
const open = () =>
  challengerModel({
    challengerVersion: async () => {
      if (failure) throw failure;
      return named;
    },
    readModel: async (version) => {
      reads.push(version);
      return models.get(version) ?? '';
    },
    now: () => nowMs,
    log: { info() {}, error: (text) => void logged.push(String(text)) },
  });

test('the challenger that the lake names scores, is read once, and ends when the lake names none', async () => {
  const challenger = open();
  expect((await challenger())?.scorer?.score(features)).toBeGreaterThan(0);
  named = undefined;
  expect(await challenger()).toMatchObject({ version: 'small' });
  nowMs += 20_000;
  expect(await challenger()).toBeUndefined();
  named = 'small';
  nowMs += 20_000;
  expect(await challenger()).toMatchObject({ version: 'small' });
  nowMs += 20_000;
  await challenger();
  expect(reads).toEqual(['small', 'small']);
  expect(logged).toEqual([]);
});

test('a broken challenger has its version and no scorer, and is read and reported once', async () => {
  named = 'broken';
  const challenger = open();
  expect(await challenger()).toMatchObject({ version: 'broken', scorer: undefined });
  nowMs += 20_000;
  await challenger();
  expect(reads).toEqual(['broken']);
  expect(logged).toEqual(['the challenger failed']);
});

test('while the lake cannot be read, the last challenger stays', async () => {
  const challenger = open();
  await challenger();
  failure = Object.assign(new Error('no route'), { code: 'ECONNREFUSED' });
  nowMs += 20_000;
  expect(await challenger()).toMatchObject({ version: 'small' });
  expect(logged).toEqual(['could not check for a challenger']);
});
