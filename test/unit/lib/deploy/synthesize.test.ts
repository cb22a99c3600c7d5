import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { synthesize } from '../../../../lib/deploy/synthesize.ts';

let work: string;
let made: string[];
beforeEach(() => {
  work = mkdtempSync(path.join(tmpdir(), 'isobar-synthesize-'));
  made = [];
});
afterEach(() => {
  for (const folder of [work, ...made]) rmSync(folder, { recursive: true, force: true });
});

/** An app that notes each run, and writes its text in two steps. */
function appThatWrites(text: string) {
  const file = path.join(work, `${text}.mjs`);
  writeFileSync(
    file,
    `import { appendFileSync, mkdirSync } from 'node:fs';
     appendFileSync(${JSON.stringify(path.join(work, 'runs'))}, '${text} ');
     mkdirSync(process.env.CDK_OUTDIR, { recursive: true });
     for (const part of '${text}') appendFileSync(process.env.CDK_OUTDIR + '/manifest.json', part);`,
  );
  return [file] as const;
}

async function assemblyOf(app: readonly [string]): Promise<string> {
  const folder = await synthesize({ stage: 'local', validate: false, reuse: true, app });
  made.push(folder);
  return folder;
}
const textIn = (folder: string) => readFileSync(path.join(folder, 'manifest.json'), 'utf8');

test('launches side by side do not overwrite the assembly of another', async () => {
  const [first, second] = [appThatWrites('first'), appThatWrites('second')];
  const folders = await Promise.all([first, second, first].map(assemblyOf));
  expect(folders.map(textIn)).toEqual(['first', 'second', 'first']);
  const [folder = ''] = folders;
  expect(folders[2]).toBe(folder);
  const left = readdirSync(path.dirname(folder)).filter((name) =>
    name.startsWith(`${path.basename(folder)}.`),
  );
  expect(left).toEqual([]);
});

test('an assembly is reused, and goes after an hour without use if five others were used later', async () => {
  const anHourAgo = new Date(Date.now() - 3_700_000);
  const app = appThatWrites('app');
  const folder = await assemblyOf(app);
  for (const other of ['b', 'c', 'd', 'e', 'f']) await assemblyOf(appThatWrites(other));
  utimesSync(folder, anHourAgo, anHourAgo);
  expect(await assemblyOf(app)).toBe(folder);
  await assemblyOf(appThatWrites('g'));
  expect(textIn(folder)).toBe('app');
  utimesSync(folder, anHourAgo, anHourAgo);
  await assemblyOf(appThatWrites('h'));
  expect(() => textIn(folder)).toThrow('ENOENT');
  expect(readFileSync(path.join(work, 'runs'), 'utf8')).toBe('app b c d e f g h ');
});
