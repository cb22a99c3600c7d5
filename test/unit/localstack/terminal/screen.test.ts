import { EventEmitter } from 'node:events';
import { describe, expect, jest, test } from '@jest/globals';
import { openProgress } from '../../../../localstack/terminal/progress.ts';
import { canRedraw, openScreen, wantsColour } from '../../../../localstack/terminal/screen.ts';

class FakeTerminal extends EventEmitter {
  readonly isTTY: boolean = true;
  columns = 80;
  rows = 5;
  written = '';

  write(text: string) {
    this.written += text;
  }

  take() {
    const written = this.written;
    this.written = '';
    return written;
  }
}

const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';

const legible = (written: string) =>
  written
    .replaceAll(showCursor, 'SHOW')
    .replaceAll('\x1b[K', '')
    .replaceAll('\x1b[2A\r', 'UP2')
    .replaceAll('\x1b[1A\r', 'UP1');

describe('a screen', () => {
  const open = (out: FakeTerminal, redraw: boolean) =>
    openScreen({
      out,
      redraw,
      frame: (width) => [`w${width}`, 'b', 'c', 'd', 'e', 'f'],
      line: () => 'a line',
      lineEveryMs: 1000,
    });

  test('a screen redraws at the new size when the terminal is resized, and never below the last row', () => {
    const out = new FakeTerminal();
    using _screen = open(out, true);
    expect(out.take()).toContain('w80\x1b[K\r\nb\x1b[K\r\nc\x1b[K\r\nd\x1b[K\r\n\x1b[J');
    out.columns = 20;
    out.rows = 3;
    out.emit('resize');
    expect(out.take()).toContain('\x1b[Hw20\x1b[K\r\nb\x1b[K\r\n\x1b[J');
  });

  test('a disposed screen restores the cursor and leaves the last view in the scroll-back', () => {
    const out = new FakeTerminal();
    const exitListeners = process.listenerCount('exit');
    const screen = open(out, true);
    expect(out.take()).toContain(hideCursor);
    screen[Symbol.dispose]();
    expect(out.take()).toBe(`${showCursor}\x1b[?1049lw80\nb\nc\nd\ne\nf\n`);
    expect(out.listenerCount('resize')).toBe(0);
    expect(process.listenerCount('exit')).toBe(exitListeners);
  });

  test('a screen prints a line at each interval, and at the end, where lines cannot be redrawn', () => {
    jest.useFakeTimers();
    const out = new FakeTerminal();
    const screen = open(out, false);
    jest.advanceTimersByTime(2000);
    expect(out.take()).toBe('a line\na line\n');
    screen[Symbol.dispose]();
    expect(out.take()).toBe('a line\n');
    jest.useRealTimers();
  });

  test.each([
    [true, {}, true, true],
    [true, { NO_COLOR: '1' }, true, false],
    [true, { NO_COLOR: '' }, true, true],
    [true, { TERM: 'dumb' }, false, false],
    [false, {}, false, false],
  ])(
    'an output with isTTY %j and environment %j is redrawn: %j, coloured: %j',
    (isTTY, env, redraws, colours) => {
      const out = Object.assign(new FakeTerminal(), { isTTY });
      expect([canRedraw(out, env), wantsColour(out, env)]).toEqual([redraws, colours]);
    },
  );
});

describe('progress', () => {
  test('progress prints a line when a step starts and one when it ends, where lines cannot be redrawn', async () => {
    const out = new FakeTerminal();
    const progress = openProgress({ out, redraw: false, colour: false });
    expect(await progress.step('Postgres', async () => 5432)).toBe(5432);
    expect(out.take()).toMatch(/^ {3}Postgres …\n ✓ Postgres\s+\d+ ms\n$/);
  });

  test('progress shows why a step failed, and rethrows the error', async () => {
    const out = new FakeTerminal();
    const progress = openProgress({ out, redraw: false, colour: false });
    const failure = new Error('no Java\nat …');
    await expect(progress.step('Kafka', () => Promise.reject(failure))).rejects.toBe(failure);
    expect(out.take()).toMatch(/ ✗ Kafka\s+\d+ ms {2}no Java\n$/);
  });

  test('progress keeps finished steps above running ones, and shows the cursor after the last', async () => {
    const out = new FakeTerminal();
    const progress = openProgress({ out, redraw: true, colour: false });
    const slow = Promise.withResolvers<void>();
    const first = progress.step('slow', () => slow.promise);
    await progress.step('quick', async () => {});
    expect(legible(out.take())).toMatch(/UP2 ✓ quick[^\n]*\n ⠋ slow[^\n]*\n$/);
    slow.resolve();
    await first;
    expect(legible(out.take())).toMatch(/UP1 ✓ slow[^\n]*\nSHOW$/);
  });

  test('a line that must come first is written above the steps that finish before it is known', async () => {
    const out = new FakeTerminal();
    const progress = openProgress({ out, redraw: true, colour: false });
    const slow = Promise.withResolvers<void>();
    const address = Promise.withResolvers<string>();
    progress.lead(address.promise);
    const last = progress.step('slow', () => slow.promise);
    await progress.step('quick', async () => {});
    expect(legible(out.take())).toMatch(/UP2 ✓ quick[^\n]*\n ⠋ slow[^\n]*\n$/);
    address.resolve('Console: http://127.0.0.1:8065');
    await address.promise;
    expect(legible(out.take())).toMatch(/UP2Console: \S+\n ✓ quick[^\n]*\n ⠋ slow[^\n]*\n$/);
    slow.resolve();
    await last;
    expect(legible(out.take())).toMatch(/^UP1 ✓ slow[^\n]*\nSHOW$/);
  });
});
