import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createBudget } from '../../../../localstack/kafka-poller/budget.ts';

const MB = 1024 * 1024;
const PATIENCE_MS = 2_000;
let budget: ReturnType<typeof createBudget>;
beforeEach(() => {
  jest.useFakeTimers();
  budget = createBudget({ textBytes: 4 * MB, fetchBytes: 3 * MB });
});

/** Asks for a fetch, and notes when it may start. */
function ask(account: ReturnType<typeof budget.open>, node = 1) {
  const fetch: { asked?: number } = {};
  void account.reserve(node).then((asked) => {
    fetch.asked = asked;
  });
  return fetch;
}
const settled = () => jest.advanceTimersByTimeAsync(0);

describe('memory for fetches', () => {
  test('fetches wait until earlier responses are text, and start in order of arrival', async () => {
    const accounts = Array.from({ length: 6 }, () => budget.open());
    const fetches = accounts.map((account) => ask(account));
    await settled();
    // Each may bring a batch of 1 MB.
    expect(fetches.map(({ asked }) => asked !== undefined)).toEqual([true, true, true, false, false, false]);
    accounts[1]?.release(1);
    await settled();
    expect(fetches.map(({ asked }) => asked !== undefined)).toEqual([true, true, true, true, false, false]);
  });

  test('a fetch that waits for too long gets 0 bytes, and must ask again', async () => {
    const accounts = Array.from({ length: 4 }, () => budget.open());
    const fetches = accounts.map((account) => ask(account));
    await jest.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(fetches[3]).toEqual({ asked: 0 });
  });

  test('a mapping that was idle need not wait for memory', async () => {
    const [idle, ...others] = Array.from({ length: 4 }, () => budget.open());
    await idle?.reserve(1);
    idle?.received(1, 0);
    for (const other of others) ask(other);
    const fetch = idle && ask(idle);
    await settled();
    expect(fetch?.asked).toBeGreaterThan(0);
  });

  test('a fetch that returned more than it asked for, as compressed batches do, asks for less the next time', async () => {
    const account = budget.open();
    const first = await account.reserve(1);
    account.received(1, first * 10);
    account.release(1);
    const second = await account.reserve(1);
    expect(second).toBeLessThan(first / 5);
    account.received(1, second);
    account.release(1);
    expect(await account.reserve(1)).toBe(first);
  });
});

describe('memory for texts', () => {
  test('a mapping that holds more text than the budget stops fetching, and the others go on', async () => {
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

  test('a mapping that ends gives its texts and fetches back to the others', async () => {
    const [ending, other] = [budget.open(), budget.open()];
    other.hold(MB);
    ending.hold(5 * MB);
    for (const node of [1, 2, 3]) void ending.reserve(node);
    const fetch = ask(other);
    ending.close();
    await settled();
    expect(fetch.asked).toBeGreaterThan(0);
  });
});
