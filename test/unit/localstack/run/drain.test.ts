import { expect, test } from '@jest/globals';
import { drain, Stalled } from '../../../../localstack/run/drain.ts';

const counterOf = (...answers: string[][]) => ({
  outstanding: async () => answers.shift() ?? ['3 records before land-observations'],
});
const options = { tell: () => {}, stalledAfterMs: 60_000, everyMs: 1, signal: new AbortController().signal };

test('ends as soon as nothing is outstanding, having told what was', async () => {
  const told: string[] = [];
  await drain(counterOf(['1 dropped file'], ['2 records'], []), [], {
    ...options,
    tell: (detail) => told.push(detail),
  });
  expect(told).toEqual(['1 dropped file', '2 records']);
});

test('gives up when the same stays outstanding, and names it', async () => {
  const stalled = drain(counterOf(), [], { ...options, stalledAfterMs: 20 });
  await expect(stalled).rejects.toThrow(Stalled);
  await expect(drain(counterOf(), [], { ...options, stalledAfterMs: 20 })).rejects.toThrow(
    '3 records before land-observations',
  );
});

test('goes on as long as something moves', async () => {
  const slowly = Array.from({ length: 30 }, (_, i) => [`${30 - i} records`]);
  await expect(
    drain(counterOf(...slowly, []), [], { ...options, stalledAfterMs: 20 }),
  ).resolves.toBeUndefined();
});

test('looks again when the counts cannot be read, and says so when that lasts', async () => {
  let reads = 0;
  const recovering = {
    outstanding: async () => {
      reads += 1;
      if (reads < 3) throw new Error('no leader');
      return [];
    },
  };
  await expect(drain(recovering, [], options)).resolves.toBeUndefined();
  const broken = { outstanding: () => Promise.reject(new Error('no leader')) };
  await expect(drain(broken, [], { ...options, stalledAfterMs: 20 })).rejects.toThrow('no leader');
});

test('ends with the signal', async () => {
  const signal = AbortSignal.abort();
  await expect(drain(counterOf(), [], { ...options, signal })).rejects.toThrow('aborted');
});
