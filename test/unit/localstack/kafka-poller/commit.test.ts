import { expect, test } from '@jest/globals';
import { createCommitter } from '../../../../localstack/kafka-poller/commit.ts';
import { waitFor } from '../../../../localstack/wait-for.ts';

/** A committer; the test answers its commits. */
function startCommitter() {
  const commits: { offset: string | undefined; answer: (error?: Error) => void }[] = [];
  const counted: number[] = [];
  const errors: unknown[] = [];
  const failingMs: number[] = [];
  const committer = createCommitter({
    commit: ({ topics }) =>
      new Promise((resolve, reject) => {
        const offset = topics[0]?.partitions[0]?.offset;
        commits.push({ offset, answer: (error) => (error ? reject(error) : resolve()) });
      }),
    onCommitted: (records) => counted.push(records),
    onError: (error, forMs) => {
      errors.push(error);
      failingMs.push(forMs);
    },
  });
  return { committer, commits, counted, errors, failingMs };
}

test('offsets that are marked during a commit go into the next commit', async () => {
  const { committer, commits, counted } = startCommitter();
  committer.mark('t', 0, 10, 10);
  committer.mark('t', 0, 15, 5);
  committer.mark('t', 0, 20, 5);
  commits[0]?.answer();
  await waitFor('the next commit', () => commits.length === 2, { deadlineMs: 60_000 });
  commits[1]?.answer();
  await committer.settled();
  expect(commits.map(({ offset }) => offset)).toEqual(['10', '20']);
  expect(counted).toEqual([10, 10]);
});

test('the records of a failed commit are counted by the next one', async () => {
  const { committer, commits, counted, errors } = startCommitter();
  committer.mark('t', 0, 10, 10);
  committer.mark('t', 0, 20, 10);
  commits[0]?.answer(new Error('no coordinator'));
  await waitFor('the next commit', () => commits.length === 2, { deadlineMs: 60_000 });
  commits[1]?.answer();
  await committer.settled();
  expect(errors).toHaveLength(1);
  expect(commits.map(({ offset }) => offset)).toEqual(['10', '20']);
  expect(counted).toEqual([20]);
});

test('failing commits report since when they fail, and a success ends the row', async () => {
  const { committer, commits, failingMs } = startCommitter();
  const attempt = (count: number) =>
    waitFor(`commit ${count}`, () => commits.length === count, { deadlineMs: 60_000 });
  committer.mark('t', 0, 10, 10);
  commits[0]?.answer(new Error('no coordinator'));
  await attempt(2);
  commits[1]?.answer(new Error('no coordinator'));
  await attempt(3);
  commits[2]?.answer();
  await committer.settled();
  committer.mark('t', 0, 20, 10);
  commits[3]?.answer(new Error('no coordinator'));
  await attempt(5);
  commits[4]?.answer();
  await committer.settled();
  const [first = 0, second = 0, afterwards = 0] = failingMs;
  expect(second).toBeGreaterThan(first + 200);
  expect(afterwards).toBeLessThan(200);
});
