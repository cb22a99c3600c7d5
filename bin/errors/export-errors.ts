import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ErrorsTable } from '../../localstack/errors/errors-table.ts';
import type { Selection } from '../../localstack/errors/selection.ts';
import type { Separator } from './options.ts';
import { sheetHeader, sheetLine } from './spreadsheet.ts';

export interface ExportPorts extends Pick<ErrorsTable, 'next'> {
  readonly showProgress?: (done: number) => void;
}

const rowsAtOnce = 1_000;

/**
 * Writes the selected open errors to a CSV file, one row each, and returns how many. The file appears when it
 * is complete.
 *
 * @throws Error for a file that exists: it may hold somebody's corrections
 */
export async function exportErrors(
  selection: Selection,
  { to, separator }: { readonly to: string; readonly separator: Separator },
  { next, showProgress }: ExportPorts,
): Promise<number> {
  if (existsSync(to)) throw new Error(`${to} exists already: move it, or give another name`);
  let done = 0;
  async function* lines(): AsyncGenerator<string> {
    yield sheetHeader(separator);
    for (let afterId = 0; ; ) {
      const rows = await next(selection, afterId, rowsAtOnce);
      const last = rows.at(-1);
      if (!last) return;
      afterId = last.id;
      yield rows.map((row) => sheetLine(row, separator)).join('');
      done += rows.length;
      showProgress?.(done);
    }
  }
  const unfinished = `${to}.unfinished`;
  try {
    await pipeline(Readable.from(lines()), createWriteStream(unfinished));
    renameSync(unfinished, to);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return done;
}
