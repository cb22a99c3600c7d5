import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../../..');

test('docs/functions.md has one row for each function of lambdas/, and no other', () => {
  const rows = readFileSync(join(root, 'docs/functions.md'), 'utf8').matchAll(
    /^\| `([\w-]+)` \|[^|]+\|[^|]+\|$/gm,
  );
  const folders = globSync('lambdas/*/*/handler.ts', { cwd: root }).map((handler) =>
    basename(dirname(handler)),
  );
  expect([...rows].map(([, name]) => name).sort()).toEqual(folders.sort());
});
