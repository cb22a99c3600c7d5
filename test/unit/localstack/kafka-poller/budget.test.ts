import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createBudget } from '../../../../localstack/kafka-poller/budget.ts';

const MB = 1024 * 1024;
const PATIENCE_MS = 2_000;
let budget: ReturnType<typeof createBudget>;
beforeEach(() => {
  jest.useFakeTimers();
  budget = createBudget({ textBytes: 4 * MB, fetchBytes: 3 * MB });
});

/** Notes when a fetch may start. */
function ask(account: ReturnType<typeof budget.open>, node = 1) {
  const fetch: { asked?: number } = {};
  void account.fetching(node).then((asked) => {
    fetch.asked = asked;
  });
  return fetch;
}
const settled = () => jest.advanceTimersByTimeAsync(0);

describe('fetches', () => {
  test('wait until what is fetched already has become text, and go in the order of their coming', async () => {
    const accounts = Array.from({ length: 6 }, () => budget.open());
    const fetches = accounts.map((account) => ask(account));
    await settled();
    // Each may bring a batch of 1 MB.
    expect(fetches.map(({ asked }) => asked !== undefined)).toEqual([true, true, true, false, false, false]);
    accounts[1]?.used(1);
    await settled();
    expect(fetches.map(({ asked }) => asked !== undefined)).toEqual([true, true, true, true, false, false]);
  });

  test('that wait for long are told to come again', async () => {
    const accounts = Array.from({ length: 4 }, () => budget.open());
    const fetches = accounts.map((account) => ask(account));
    await jest.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(fetches[3]).toEqual({ asked: 0 });
  });

  test('of a mapping that had nothing to do wait for no memory', async () => {
    const [idle, ...others] = Array.from({ length: 4 }, () => budget.open());
    await idle?.fetching(1);
    idle?.fetched(1, 0);
    for (const other of others) ask(other);
    const fetch = idle && ask(idle);
    await settled();
    expect(fetch?.asked).toBeGreaterThan(0);
  });

  test('ask for less where less became more: of compressed batches', async () => {
    const account = budget.open();
    const first = await account.fetching(1);
    account.fetched(1, first * 10);
    account.used(1);
    const second = await account.fetching(1);
    expect(second).toBeLessThan(first / 5);
    account.fetched(1, second);
    account.used(1);
    expect(await account.fetching(1)).toBe(first);
  });
});

describe('texts', () => {
  test('beyond the budget stop the fetches of those who hold them, and of nobody else', async () => {
    const [slow, other] = [budget.open(), budget.open()];
    slow.hold(5 * MB);
    const [waiting, passing] = [ask(slow), ask(other)];
    await settled();
    expect(waiting.asked).toBeUndefined();
    expect(passing.asked).toBeGreaterThan(0);
    slow.free(2 * MB);
    await settled();
    expect(waiting.asked).toBeGreaterThan(0);
  });

  test('and fetches of a mapping that ends are for the others', async () => {
    const [ending, other] = [budget.open(), budget.open()];
    other.hold(MB);
    ending.hold(5 * MB);
    for (const node of [1, 2, 3]) void ending.fetching(node);
    const fetch = ask(other);
    ending.close();
    await settled();
    expect(fetch.asked).toBeGreaterThan(0);
  });
});
