import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import { whileWorking } from '../../../bin/shared/while-working.ts';
import { waitFor } from '../../../localstack/wait-for.ts';

class Terminal extends EventEmitter {
  readonly columns = 80;
  readonly isTTY: boolean;
  written = '';

  constructor({ isTTY = true } = {}) {
    super();
    this.isTTY = isTTY;
  }

  write(text: string) {
    this.written += text;
  }
}

const env = { TERM: 'xterm', NO_COLOR: '1' };

test('short work shows nothing', async () => {
  const out = new Terminal();
  expect(await whileWorking('Counting', async () => 7, { out, env })).toBe(7);
  expect(out.written).toBe('');
});

test('long work shows its name and how far it is', async () => {
  const out = new Terminal();
  const shows = (text: string) => waitFor(text, () => out.written.includes(text), { deadlineMs: 30_000 });
  const work = async (showDetail: (detail: string) => void) => {
    await shows('Counting');
    showDetail('1,200 errors');
    await shows('1,200 errors');
    return 7;
  };
  expect(await whileWorking('Counting', work, { out, env, quietMs: 1 })).toBe(7);
}, 60_000);

test('a file or a pipe gets no progress, however long the work takes', async () => {
  const out = new Terminal({ isTTY: false });
  const tick = () => new Promise((resolve) => setImmediate(resolve));
  await whileWorking('Counting', tick, { out, env, quietMs: 0 });
  expect(out.written).toBe('');
});

test('the failure of the work is that of the command', async () => {
  const fail = async () => {
    throw new Error('no connection');
  };
  await expect(whileWorking('Counting', fail, { out: new Terminal(), env })).rejects.toThrow('no connection');
});
