import { describe, expect, test } from '@jest/globals';
import { typesToTell, type WaitingType } from '../../../../../lambdas/errors/notify-slack/error-digest.ts';

const waiting = (type: string, more: Partial<WaitingType> = {}): WaitingType => ({
  type,
  waitingMs: 5_000,
  quietMs: 5_000,
  toldAgoMs: null,
  ...more,
});

describe('typesToTell', () => {
  test.each<[string, WaitingType[], string[]]>([
    ['nothing when nothing waits', [], []],
    ['the first errors of a type once none has come for two seconds', [waiting('A')], ['A']],
    ['nothing during the first seconds of a burst', [waiting('A', { waitingMs: 9_000, quietMs: 100 })], []],
    ['a burst that goes on after ten seconds', [waiting('A', { waitingMs: 10_000, quietMs: 100 })], ['A']],
    ['nothing of a type that was told within a minute', [waiting('A', { toldAgoMs: 59_999 })], []],
    ['a type that was told a minute ago', [waiting('A', { toldAgoMs: 60_000 })], ['A']],
    [
      'a new type at once, while another waits for its minute',
      [waiting('A', { toldAgoMs: 50_000 }), waiting('B')],
      ['B'],
    ],
    [
      'types of one flood together: the first waits up to half a minute for the other',
      [waiting('A', { toldAgoMs: 61_000 }), waiting('B', { toldAgoMs: 35_000 })],
      [],
    ],
    [
      'a type of a flood alone when the other is not free within half a minute',
      [waiting('A', { toldAgoMs: 61_000 }), waiting('B', { toldAgoMs: 20_000 })],
      ['A'],
    ],
    [
      'all that is free, also what has just come',
      [waiting('A', { toldAgoMs: 61_000 }), waiting('B', { waitingMs: 10, quietMs: 10 })],
      ['A', 'B'],
    ],
  ])('tells %s', (_, types, told) => {
    expect(typesToTell(types)).toEqual(told);
  });

  test('two types of a flood share a message after two minutes, and none is told twice within a minute', () => {
    const toldAt: Record<string, number[]> = { A: [0], B: [25_000] };
    const messages: string[][] = [];
    for (let nowMs = 26_000; nowMs < 300_000; nowMs += 1_000) {
      const state = ['A', 'B'].map((type) =>
        waiting(type, { toldAgoMs: nowMs - (toldAt[type]?.at(-1) ?? 0), waitingMs: 20_000 }),
      );
      const told = typesToTell(state);
      for (const type of told) toldAt[type]?.push(nowMs);
      if (told.length > 0) messages.push(told);
    }
    expect(messages.slice(1).every((types) => types.length === 2)).toBe(true);
    for (const times of Object.values(toldAt))
      for (const [place, time] of times.slice(1).entries())
        expect(time - (times[place] ?? 0)).toBeGreaterThanOrEqual(60_000);
  });
});
