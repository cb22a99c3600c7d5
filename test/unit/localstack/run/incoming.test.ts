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

test('takes the CSV files of a folder in the order of their names, however their ending is written', () => {
  for (const name of ['b.csv', 'a.CSV', 'README.md']) writeFileSync(path.join(dir, name), '');
  expect(csvFilesOf(dir)).toEqual([path.join(dir, 'a.CSV'), path.join(dir, 'b.csv')]);
});

test('names a folder that has none', () => {
  expect(() => csvFilesOf(dir)).toThrow(`--data ${dir} has no .csv files`);
});

test('names a folder that is not there', () => {
  expect(() => csvFilesOf(path.join(dir, 'nope'))).toThrow(
    `--data ${path.join(dir, 'nope')} is no folder that can be read`,
  );
});
