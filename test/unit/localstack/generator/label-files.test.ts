import { expect, test } from '@jest/globals';
import { labelFiles } from '../../../../localstack/generator/label-files.ts';
import { transactions } from '../../../../localstack/generator/transactions.ts';

const known = [...transactions({ seed: 1, startMs: 0, accounts: 5, perDay: 40, fraudShare: 0.1 }).take(4)];

function world() {
  let nowMs = 0;
  const files: { name: string; lines: string[] }[] = [];
  const labels = labelFiles({
    drop: async ({ name, content }) => {
      files.push({ name, lines: content.toString().trimEnd().split('\n') });
      return name;
    },
    delayMs: 60_000,
    everyMs: 10_000,
    now: () => nowMs,
  });
  const at = async (ms: number, add: typeof known = []) => {
    nowMs = ms;
    for (const each of add) labels.add(each);
    await labels.dropDue();
  };
  return { labels, files, at };
}

const idsOf = ({ lines }: { lines: string[] }) => lines.slice(1).map((line) => line.split(',')[0]);
const ids = known.map(({ transaction }) => transaction.transactionId);

test('labels are dropped after their delay, in the format of record-labels', async () => {
  const { files, at } = world();
  await at(0, known.slice(0, 2));
  await at(5_000, known.slice(2, 3));
  await at(59_999);
  expect(files).toEqual([]);
  await at(60_000);
  expect(files.map(idsOf)).toEqual([ids.slice(0, 2)]);
  expect(files[0]?.lines[0]).toBe('transaction_id,is_fraud,labelled_at');
  await at(65_000);
  expect(files).toHaveLength(1);
  await at(70_000);
  expect(files.map(idsOf)).toEqual([ids.slice(0, 2), ids.slice(2, 3)]);
  expect(new Set(files.map(({ name }) => name)).size).toBe(2);
});

test('the remaining labels are dropped at the end, once', async () => {
  const { labels, files, at } = world();
  await at(0, known);
  await labels.dropRest();
  await labels.dropRest();
  expect(files.map(idsOf)).toEqual([ids]);
  expect(labels.dropped()).toBe(4);
});
