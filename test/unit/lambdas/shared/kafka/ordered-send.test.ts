import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { Message } from '../../../../../lambdas/shared/kafka/kafka-producer.ts';
import { orderedSend } from '../../../../../lambdas/shared/kafka/ordered-send.ts';

const message = (value: string): Message => ({ key: 'k', value, headers: {} });

/** A broker that acknowledges when the test says so. */
function slowBroker() {
  const waiting: {
    partition: number;
    values: string[];
    acknowledge: () => void;
    fail: (error: Error) => void;
  }[] = [];
  return {
    waiting,
    send: ({ partition, messages }: { partition: number; messages: readonly Message[] }) =>
      new Promise<void>((acknowledge, fail) => {
        waiting.push({ partition, values: messages.map(({ value }) => value), acknowledge, fail });
      }),
  };
}

describe('orderedSend', () => {
  test("a partition's next chunk is sent only after the chunk before it is acknowledged", async () => {
    const broker = slowBroker();
    const sending = orderedSend(broker, { messages: 2, bytes: 1e6 });
    for (const value of ['1', '2', '3', '4']) void sending.add('t', 0, message(value));
    await setImmediate();
    expect(broker.waiting.map(({ values }) => values)).toEqual([['1', '2']]);
    broker.waiting[0]?.acknowledge();
    await setImmediate();
    expect(broker.waiting.map(({ values }) => values)).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  test('chunks of several partitions are sent at once', async () => {
    const broker = slowBroker();
    const sending = orderedSend(broker, { messages: 1, bytes: 1e6 });
    void sending.add('t', 0, message('1'));
    void sending.add('t', 1, message('2'));
    await setImmediate();
    expect(broker.waiting.map(({ partition }) => partition)).toEqual([0, 1]);
  });

  test('the reader waits while a partition has one chunk in flight and one waiting', async () => {
    const broker = slowBroker();
    const sending = orderedSend(broker, { messages: 1, bytes: 1e6 });
    await sending.add('t', 0, message('1'));
    let isHeld = true;
    const held = sending.add('t', 0, message('2'))?.then(() => {
      isHeld = false;
    });
    await setImmediate();
    expect(isHeld).toBe(true);
    broker.waiting[0]?.acknowledge();
    await held;
    expect(isHeld).toBe(false);
  });

  test('a chunk stays below its limit of bytes', async () => {
    const sizes: number[] = [];
    const send = async ({ messages }: { messages: readonly Message[] }) => void sizes.push(messages.length);
    const sending = orderedSend({ send }, { messages: 100, bytes: 1_000 });
    for (let index = 0; index < 10; index++) await sending.add('t', 0, message('서'.repeat(100)));
    await sending.finish();
    expect(sizes).toEqual([3, 3, 3, 1]);
  });

  test('finish resolves when every message is acknowledged', async () => {
    const broker = slowBroker();
    const sending = orderedSend(broker, { messages: 10, bytes: 1e6 });
    void sending.add('t', 0, message('1'));
    let isFinished = false;
    const finished = sending.finish().then(() => {
      isFinished = true;
    });
    await setImmediate();
    expect(isFinished).toBe(false);
    broker.waiting[0]?.acknowledge();
    await finished;
  });

  test('the error of a send is thrown, and nothing is sent after it', async () => {
    const broker = slowBroker();
    const sending = orderedSend(broker, { messages: 1, bytes: 1e6 });
    await sending.add('t', 0, message('1'));
    const held = sending.add('t', 0, message('2'));
    await setImmediate();
    broker.waiting[0]?.fail(new Error('no leader'));
    await expect(held).rejects.toThrow('no leader');
    await expect(sending.finish()).rejects.toThrow('no leader');
    expect(broker.waiting).toHaveLength(1);
  });
});
