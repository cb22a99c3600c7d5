import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type BuiltFunction, watchFunctions } from '../../../../localstack/dev/watch-functions.ts';
import { waitFor } from '../../../../localstack/wait-for.ts';

let sources: string;
let end: AbortController;
let watching: Promise<void>;
const updates: string[][] = [];
let broken = 0;

const write = (file: string, text: string) => {
  mkdirSync(path.dirname(path.join(sources, file)), { recursive: true });
  writeFileSync(path.join(sources, file), text);
};
const handler = (name: string) => `import { shared } from '../../shared/shared.ts';
export const handler = () => shared + '${name}';`;

beforeEach(() => {
  sources = mkdtempSync(path.join(tmpdir(), 'isobar-dev-'));
  write('shared/shared.ts', "export const shared = 'before';");
  write('weather/one/handler.ts', handler('one'));
  write('weather/two/handler.ts', handler('two'));
  write('fraud/three/handler.ts', "export const handler = () => 'three';");
  end = new AbortController();
  updates.length = 0;
  broken = 0;
});
afterEach(async () => {
  end.abort();
  await watching;
  rmSync(sources, { recursive: true });
});

const start = (running: ReadonlyMap<string, string>) => {
  watching = watchFunctions({
    sources,
    running,
    onChanged: async (functions: readonly BuiltFunction[]) => {
      updates.push(functions.map(({ folder }) => folder).sort());
    },
    onBroken: () => {
      broken++;
    },
    signal: end.signal,
  });
};
const sawUpdates = (count: number) =>
  waitFor(`${count} updates`, () => updates.length >= count, { deadlineMs: 30_000, everyMs: 20 });

test('functions that do not run their source are updated at once, and later those that a change reaches', async () => {
  start(new Map());
  await sawUpdates(1);
  write('weather/two/handler.ts', handler('two, changed'));
  await sawUpdates(2);
  write('shared/shared.ts', "export const shared = 'after';");
  await sawUpdates(3);
  expect(updates).toEqual([['one', 'three', 'two'], ['two'], ['one', 'two']]);
}, 60_000);

test('a source that does not compile updates nothing until it does', async () => {
  start(new Map());
  await sawUpdates(1);
  write('fraud/three/handler.ts', 'export const handler = (');
  await waitFor('the broken build', () => broken > 0, { deadlineMs: 30_000, everyMs: 20 });
  write('fraud/three/handler.ts', "export const handler = () => 'mended';");
  await sawUpdates(2);
  expect(updates[1]).toEqual(['three']);
}, 60_000);

test('a comment changes no code, so nothing is updated', async () => {
  start(new Map());
  await sawUpdates(1);
  write('fraud/three/handler.ts', "// says why\nexport const handler = () => 'three';");
  write('weather/one/handler.ts', handler('one, changed'));
  await sawUpdates(2);
  expect(updates[1]).toEqual(['one']);
}, 60_000);
