import { expect, test } from '@jest/globals';
import { drain, Stalled } from '../../../../localstack/run/drain.ts';

const counterOf = (...answers: string[][]) => ({
  outstanding: async () => answers.shift() ?? ['3 records not consumed by land-observations'],
});
const options = {
  showDetail: () => {},
  stalledAfterMs: 60_000,
  everyMs: 1,
  signal: new AbortController().signal,
};

test('a drain ends when no work is outstanding, and reports the outstanding work until then', async () => {
  const shown: string[] = [];
  await drain(counterOf(['1 dropped file'], ['2 records'], []), [], {
    ...options,
    showDetail: (detail) => shown.push(detail),
  });
  expect(shown).toEqual(['1 dropped file', '2 records']);
});

test('a drain without progress fails and names the outstanding work', async () => {
  const stalled = drain(counterOf(), [], { ...options, stalledAfterMs: 20 });
  await expect(stalled).rejects.toThrow(Stalled);
  await expect(drain(counterOf(), [], { ...options, stalledAfterMs: 20 })).rejects.toThrow(
    '3 records not consumed by land-observations',
  );
});

test('a drain continues as long as there is progress', async () => {
  const slowly = Array.from({ length: 30 }, (_, i) => [`${30 - i} records`]);
  await expect(
    drain(counterOf(...slowly, []), [], { ...options, stalledAfterMs: 20 }),
  ).resolves.toBeUndefined();
});

test('a drain repeats a failed read of the counts, and names the failure when it persists', async () => {
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

test('a drain ends when its signal aborts', async () => {
  const signal = AbortSignal.abort();
  await expect(drain(counterOf(), [], { ...options, signal })).rejects.toThrow('aborted');
});
