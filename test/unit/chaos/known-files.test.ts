import { expect, test } from '@jest/globals';
import { type KnownFile, knownFiles } from '../../e2e/chaos/known-files.ts';
import { ingestedRows } from '../../fixtures/ingested-rows.ts';

async function firstFiles(count: number, seed: number): Promise<KnownFile[]> {
  const files: KnownFile[] = [];
  for await (const file of knownFiles({ seed, rowsPerFile: 400 })) {
    files.push(file);
    if (files.length === count) break;
  }
  return files;
}

async function validLinesOf(content: Buffer): Promise<number[]> {
  const results = await ingestedRows(content);
  return results.flatMap((result) => ('observation' in result ? [result.row.line] : []));
}

test('the known valid and invalid lines of a file are those that the ingest reader finds', async () => {
  for (const { content, validLines, invalidLines } of await firstFiles(3, 11)) {
    expect(await validLinesOf(content)).toEqual(validLines);
    expect(invalidLines.length).toBeGreaterThan(0);
    expect([...validLines, ...invalidLines].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 400 }, (_, i) => i + 2),
    );
  }
});

test('equal seeds give equal files, and different seeds give different files', async () => {
  const [once, again, other] = await Promise.all([firstFiles(2, 5), firstFiles(2, 5), firstFiles(2, 6)]);
  expect(again).toEqual(once);
  expect(other).not.toEqual(once);
});

test('each known file has rows that trigger an alert, with any seed', async () => {
  for (const seed of [5, 571588596])
    for (const { content } of await firstFiles(3, seed))
      expect(content.toString().match(/,41\.5,/g)?.length).toBeGreaterThanOrEqual(3);
});
