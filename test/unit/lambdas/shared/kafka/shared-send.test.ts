import { expect, test } from '@jest/globals';
import type { Message } from '../../../../../lambdas/shared/kafka/kafka-producer.ts';
import { orderedSend } from '../../../../../lambdas/shared/kafka/ordered-send.ts';
import { shareSends } from '../../../../../lambdas/shared/kafka/shared-send.ts';

const message = (value: string): Message => ({ key: null, value, headers: {} });

function world({ fails = () => false }: { fails?: (values: string[]) => boolean } = {}) {
  const sends: string[][] = [];
  const start = () =>
    orderedSend(
      {
        send: async ({ messages }) => {
          const values = messages.map(({ value }) => value);
          await new Promise(setImmediate);
          if (fails(values)) throw new Error('no broker');
          sends.push(values);
        },
      },
      { messages: 1_000, bytes: 1e6 },
    );
  const share = shareSends(start);
  const send = async (...values: string[]) => {
    const sending = share();
    for (const value of values) await sending.add('topic', 0, message(value));
    await sending.finish();
  };
  return { sends, send };
}

test('rows of files that end together are acknowledged together', async () => {
  const { sends, send } = world();
  await Promise.all(Array.from({ length: 40 }, (_, file) => send(`${file}`)));
  expect(sends.length).toBeLessThanOrEqual(2);
  expect(sends.flat()).toEqual(Array.from({ length: 40 }, (_, file) => `${file}`));
});

test('a file ends only when its own rows are acknowledged, and in their order', async () => {
  const { sends, send } = world();
  await Promise.all(
    ['a', 'b', 'c'].map(async (file) => {
      await send(`${file}1`, `${file}2`);
      expect(sends.flat().filter((value) => value.startsWith(file))).toEqual([`${file}1`, `${file}2`]);
    }),
  );
});

test('a send that fails, fails all who share it, and nobody after them', async () => {
  const { sends, send } = world({ fails: (values) => values.includes('poison') });
  const outcomes = await Promise.allSettled([send('a'), send('poison'), send('b')]);
  expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
  await send('c');
  expect(sends.at(-1)).toEqual(['c']);
});
