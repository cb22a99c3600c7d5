import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { dataFilesOf } from '../../../../localstack/run/incoming.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'isobar-incoming-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('every file of a folder and below is dropped, under its path there, but hidden files and documents', () => {
  mkdirSync(path.join(dir, 'north'));
  for (const name of ['b.csv', 'a.CSV.gz', 'README.md', '.hidden', 'north/b.csv', 'north/rows.jsonl'])
    writeFileSync(path.join(dir, name), '');
  const { files, leftOut } = dataFilesOf(dir);
  expect(files).toEqual(
    ['a.CSV.gz', 'b.csv', 'north/b.csv', 'north/rows.jsonl'].map((name) => ({
      name,
      path: path.join(dir, name),
    })),
  );
  expect(leftOut).toEqual([
    { name: '.hidden', why: 'hidden' },
    { name: 'README.md', why: 'a document' },
  ]);
});

test('format files are dropped before the files that they are for', () => {
  mkdirSync(path.join(dir, 'North'));
  for (const name of ['Z.csv', '_format.json', 'North/a.csv', 'North/_format.json'])
    writeFileSync(path.join(dir, name), '');
  expect(dataFilesOf(dir).files.map(({ name }) => name)).toEqual([
    'North/_format.json',
    '_format.json',
    'North/a.csv',
    'Z.csv',
  ]);
});

test('a folder without files to drop is refused by name', () => {
  writeFileSync(path.join(dir, 'README.md'), '');
  expect(() => dataFilesOf(dir)).toThrow(`--data ${dir}: the folder has no file to drop`);
});

test('a missing folder is refused by name', () => {
  expect(() => dataFilesOf(path.join(dir, 'nope'))).toThrow(
    `--data ${path.join(dir, 'nope')}: the folder cannot be read`,
  );
});
