import { expect, test } from '@jest/globals';
import { waitFor } from '../../../localstack/wait-for.ts';

test('returns the first value that is neither undefined nor false', async () => {
  const answers = [undefined, false, 'there'] as const;
  let asked = 0;
  await expect(waitFor('it', () => answers[asked++], { deadlineMs: 1_000, everyMs: 1 })).resolves.toBe(
    'there',
  );
});

test('takes an exception as not yet', async () => {
  let asked = 0;
  const condition = () => {
    if (asked++ === 0) throw new Error('connection refused');
    return true;
  };
  await expect(waitFor('it', condition, { deadlineMs: 1_000, everyMs: 1 })).resolves.toBe(true);
});

test('says at its deadline what it waited for and what went wrong last', async () => {
  const condition = () => {
    throw new Error('connection refused');
  };
  await expect(waitFor('the broker', condition, { deadlineMs: 20, everyMs: 1 })).rejects.toThrow(
    'waited 0.02 s for the broker: connection refused',
  );
});

test('stops at once when its signal is aborted', async () => {
  const signal = AbortSignal.abort(new Error('interrupted'));
  await expect(waitFor('it', () => false, { deadlineMs: 60_000, signal })).rejects.toThrow('interrupted');
});
