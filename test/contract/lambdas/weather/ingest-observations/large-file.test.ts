import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { sized } from '../../../../fixtures/runs.ts';

const mebibyte = 1024 * 1024;
const largeMb = sized({ long: 200, short: 100 });
const oneOfTenMb = sized({ long: 20, short: 10 });
const program = fileURLToPath(new URL('./ingest-large-file.ts', import.meta.url));

async function ingest(bytes: number, ...more: string[]) {
  const args = ['--max-old-space-size=512', program, '--bytes', String(bytes), ...more];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

test.each([
  ['', []],
  [', as gzip,', ['--gzip']],
])(
  `a file of ${largeMb} MB%s is ingested within 512 MB, and in no more memory than one of 20 MB`,
  async (_, how) => {
    const small = await ingest(20_000_000, ...how);
    const large = await ingest(largeMb * 1_000_000, ...how);
    expect(large.bytes).toBeGreaterThanOrEqual(largeMb * 1_000_000);
    expect(large.counts).toMatchObject([
      { rowsRead: large.rows, rowsValid: large.rows, rowsInvalid: 0, rowsRefused: 0 },
    ]);
    expect(large.rowsAcknowledged).toBe(large.rows);
    expect(large.peakMemoryBytes).toBeLessThan(512 * mebibyte);
    expect(large.peakMemoryBytes).toBeLessThan(small.peakMemoryBytes + 64 * mebibyte);
  },
);

test('ten large files in one invocation are ingested within 512 MB', async () => {
  const files = await ingest(oneOfTenMb * 1_000_000, '--files', '10', '--gzip');
  expect(files.rowsAcknowledged).toBe(files.rows);
  expect(files.peakMemoryBytes).toBeLessThan(512 * mebibyte);
});
