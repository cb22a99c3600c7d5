import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { csvFilesOf } from '../../../../localstack/run/incoming.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'isobar-incoming-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('the CSV files of a folder are sorted by name, whatever the case of their extension', () => {
  for (const name of ['b.csv', 'a.CSV', 'README.md']) writeFileSync(path.join(dir, name), '');
  expect(csvFilesOf(dir)).toEqual([path.join(dir, 'a.CSV'), path.join(dir, 'b.csv')]);
});

test('a folder without CSV files is refused by name', () => {
  expect(() => csvFilesOf(dir)).toThrow(`--data ${dir}: the folder has no .csv files`);
});

test('a missing folder is refused by name', () => {
  expect(() => csvFilesOf(path.join(dir, 'nope'))).toThrow(
    `--data ${path.join(dir, 'nope')}: the folder cannot be read`,
  );
});
