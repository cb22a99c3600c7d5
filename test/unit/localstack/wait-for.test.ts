import { expect, test } from '@jest/globals';
import { waitFor } from '../../../localstack/wait-for.ts';

test('waitFor returns the first value that is neither undefined nor false', async () => {
  const answers = [undefined, false, 'there'] as const;
  let asked = 0;
  await expect(waitFor('it', () => answers[asked++], { deadlineMs: 1_000, everyMs: 1 })).resolves.toBe(
    'there',
  );
});

test('waitFor polls again after an exception', async () => {
  let asked = 0;
  const condition = () => {
    if (asked++ === 0) throw new Error('connection refused');
    return true;
  };
  await expect(waitFor('it', condition, { deadlineMs: 1_000, everyMs: 1 })).resolves.toBe(true);
});

test('waitFor fails at its deadline with what it waited for and the last error', async () => {
  const condition = () => {
    throw new Error('connection refused');
  };
  await expect(waitFor('the broker', condition, { deadlineMs: 20, everyMs: 1 })).rejects.toThrow(
    'Waited 0.02 s for the broker: connection refused',
  );
});

test('waitFor stops at once when its signal aborts', async () => {
  const signal = AbortSignal.abort(new Error('interrupted'));
  await expect(waitFor('it', () => false, { deadlineMs: 60_000, signal })).rejects.toThrow('interrupted');
});
