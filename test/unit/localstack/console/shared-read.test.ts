import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { sharedRead } from '../../../../localstack/console/shared-read.ts';

test('requests that come together share one reading', async () => {
  let readings = 0;
  const read = sharedRead(async () => ++readings, 60_000);
  expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1]);
  expect(await read()).toBe(1);
});

test('an answer that is too old is read again', async () => {
  let readings = 0;
  const read = sharedRead(async () => ++readings, 0);
  expect(await read()).toBe(1);
  expect(await read()).toBe(2);
});

test('a failed reading is not kept', async () => {
  let readings = 0;
  const read = sharedRead(async () => {
    readings += 1;
    if (readings === 1) throw new Error('down');
    return readings;
  }, 60_000);
  await expect(read()).rejects.toThrow('down');
  expect(await read()).toBe(2);
});

test('a slow reading is not repeated at once', async () => {
  let readings = 0;
  const read = sharedRead(async () => {
    await delay(250);
    return ++readings;
  }, 0);
  expect(await read()).toBe(1);
  expect(await read()).toBe(1);
});
