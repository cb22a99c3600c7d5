import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { blocksOf, outputIn, renderBlock, withBlocks } from '../../../../bin/tour/page.ts';
import { printed } from '../../../../bin/tour/printed.ts';
import { shots } from '../../../../bin/tour/shots.ts';
import { steps } from '../../../../bin/tour/steps.ts';

const docs = path.resolve(import.meta.dirname, '../../../../docs');
const page = readFileSync(path.join(docs, 'tour.md'), 'utf8');

test('docs/tour.md shows the commands of every step, in their order', () => {
  const shown = blocksOf(page).map(({ name, text }) => [name, /```sh\n([\s\S]*?)\n```/.exec(text)?.[1]]);
  expect(shown).toEqual(steps.map(({ name, commands }) => [name, commands]));
});

test('docs/tour.md shows the output of every step that waits for one', () => {
  for (const block of blocksOf(page)) {
    const { until } = steps.find(({ name }) => name === block.name) ?? {};
    if (until !== undefined) expect(outputIn(block)).toMatch(until);
  }
});

test('docs/tour.md shows each screenshot, of at most 100 kB, that npm run tour takes', () => {
  const images = [...page.matchAll(/!\[[^\]]{20,}\]\(images\/([\w-]+)\.png\)/g)].map(([, name]) => name);
  expect(images.toSorted()).toEqual(Object.keys(shots).toSorted());
  for (const name of images)
    expect(statSync(path.join(docs, 'images', `${name}.png`)).size).toBeLessThan(100_000);
  const names = steps.map(({ name }) => name);
  for (const { after } of Object.values(shots)) expect(names).toContain(after);
});

test('an output is written into its block, and into no other', () => {
  const empty = 'A\n<!-- tour: one -->\nold\n<!-- end -->\nB\n<!-- tour: two -->\n<!-- end -->\n';
  const text = renderBlock({ commands: 'date' }, 'today $&');
  const written = withBlocks(empty, new Map([['two', text]]));
  expect(written).toBe(
    'A\n<!-- tour: one -->\nold\n<!-- end -->\nB\n<!-- tour: two -->\n```sh\ndate\n```\n\n```text\ntoday $&\n```\n<!-- end -->\n',
  );
  expect(outputIn(blocksOf(written)[1] ?? { name: '', text: '' })).toBe('today $&');
  expect(() => withBlocks(empty, new Map([['three', text]]))).toThrow('<!-- tour: three -->');
});

test('a page leaves out what differs from run to run, and the middle of a long output', () => {
  expect(printed('3 rows · 20.7 kB scanned · 1.5 s\n')).toBe('3 rows · … scanned · … s');
  expect(printed('1 row · 810 bytes scanned · 0 s')).toBe('1 row · … scanned · … s');
  expect(printed('id  when\n10  2026-11-30 02:39  NEW')).toBe('id  when\n··  ····-··-·· ··:··  NEW');
  const long = Array.from({ length: 40 }, (_, line) => `line ${line}`).join('\n');
  expect(printed(long).split('\n')).toEqual(['line 0', 'line 1', '…', 'line 38', 'line 39']);
});
