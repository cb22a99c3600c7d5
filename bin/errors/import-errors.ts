import { tokenizeCsv } from '../../lambdas/shared/incoming/csv.ts';
import { openText, partsOf } from '../../lambdas/shared/incoming/open-text.ts';
import type { Limits } from '../../lambdas/shared/wire/limits.ts';
import { observationFields } from '../../lambdas/shared/wire/observation.ts';
import { correctRow } from '../../localstack/errors/correct.ts';
import type { ErrorRow, ErrorsTable, StoredCorrection } from '../../localstack/errors/errors-table.ts';
import type { Fields } from '../../localstack/errors/selection.ts';
import {
  checkOf,
  hasLostCharacters,
  isUnchanged,
  meantBy,
  sheetCells,
  sheetColumns,
  unguarded,
} from './spreadsheet.ts';

export interface ImportPorts extends Pick<ErrorsTable, 'byIds' | 'correct'> {
  readonly limits: Limits;
  readonly showProgress?: (done: number) => void;
}

export interface Imported {
  /** Corrected errors whose rows can be sent now. */
  readonly valid: number;
  readonly unchanged: number;
  /** Corrected errors that are still wrong, and why. */
  readonly stillWrong: readonly LineFault[];
  /** Lines of the file that changed nothing, and why. */
  readonly notTaken: readonly LineFault[];
}

export interface LineFault {
  /** In the file, from 1. */
  readonly line: number;
  readonly id: number | null;
  readonly reason: string;
}

const linesAtOnce = 1_000;

/**
 * Takes the corrections out of an exported file that was edited in a spreadsheet, in any encoding and with
 * any delimiter that ingest knows.
 *
 * Only cells that differ from the error as it is are corrections, so a file can
 * be imported again.
 *
 * @throws BadRecord or Error when the file cannot be read, or has no column `id`
 */
export async function importErrors(
  content: AsyncIterable<Buffer>,
  { encoding, dryRun }: { readonly encoding: string | undefined; readonly dryRun: boolean },
  ports: ImportPorts,
): Promise<Imported> {
  const imported = { valid: 0, unchanged: 0, stillWrong: [] as LineFault[], notTaken: [] as LineFault[] };
  const lineOfId = new Map<number, number>();
  let waiting: SheetLine[] = [];
  let done = 0;
  const take = async () => {
    await takeLines(waiting, lineOfId, imported, { ...ports, correct: dryRun ? allOf : ports.correct });
    done += waiting.length;
    ports.showProgress?.(done);
    waiting = [];
  };
  try {
    for await (const line of sheetLines(content, encoding)) {
      waiting.push(line);
      if (waiting.length >= linesAtOnce) await take();
    }
    await take();
  } catch (cause) {
    if (done === 0) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `${reason}. The first ${done} errors of the file are done; import it again, what is done is skipped`,
      { cause },
    );
  }
  return imported;
}

const allOf = async (corrections: readonly StoredCorrection[]) => corrections.map(({ id }) => id);

interface SheetLine {
  readonly line: number;
  readonly id: number | undefined;
  /** By the name of the column. Absent: the file has no such column, or the line ends before it. */
  readonly cells: Fields;
  readonly delimiter: string;
  readonly malformed?: string | undefined;
}

async function* sheetLines(
  content: AsyncIterable<Buffer>,
  encoding: string | undefined,
): AsyncGenerator<SheetLine> {
  for await (const part of partsOf(content)) {
    const text = await openText(part.content, { score: countColumns, encoding });
    if (text.layout.kind !== 'csv')
      throw new Error('found JSON, expected the CSV that `errors export` wrote');
    const { delimiter } = text.layout;
    const tokenizer = tokenizeCsv(delimiter);
    let names: readonly string[] | undefined;
    const read = function* (records: ReturnType<typeof tokenizer.push>): Generator<SheetLine> {
      for (const { line, cells, malformed } of records) {
        if (names === undefined) {
          names = columnsOf(cells);
          continue;
        }
        if (malformed === undefined && cells.every((cell) => cell.trim() === '')) continue;
        const entries = names.flatMap((name, place) => {
          const cell = cells[place];
          return name === '' || cell === undefined ? [] : [[name, unguarded(cell.trim())] as const];
        });
        const values = Object.fromEntries(entries);
        const id = /^\d{1,15}$/.test(values.id ?? '') ? Number(values.id) : undefined;
        yield { line, id, cells: values, delimiter, malformed };
      }
    };
    for await (const chunk of text.chunks) yield* read(tokenizer.push(chunk));
    yield* read(tokenizer.end());
    if (names === undefined) throw new Error('the file is empty: expected what `errors export` wrote');
  }
}

const knownNames = new Map(sheetColumns.map((name) => [name.toLowerCase(), name]));
const knownName = (cell: string) => knownNames.get(cell.trim().toLowerCase()) ?? '';
const countColumns = (cells: readonly string[]) => cells.filter((cell) => knownName(cell) !== '').length;

/** The known columns by their places; any order will do, and other columns are ignored. */
function columnsOf(header: readonly string[]): string[] {
  const names = header.map(knownName);
  if (!names.includes('id'))
    throw new Error(
      `found the columns ${header.slice(0, 10).join(', ')}, expected a first line with id and the fields, as \`errors export\` writes it`,
    );
  return names;
}

async function takeLines(
  lines: readonly SheetLine[],
  lineOfId: Map<number, number>,
  imported: { valid: number; unchanged: number; stillWrong: LineFault[]; notTaken: LineFault[] },
  { byIds, correct, limits }: ImportPorts,
): Promise<void> {
  const ids = lines.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const rows = new Map((await byIds(ids)).map((row) => [row.id, row]));
  const corrections: (StoredCorrection & { line: number; fault?: string })[] = [];
  for (const sheetLine of lines) {
    const { line, id } = sheetLine;
    try {
      const row = rowOf(sheetLine, rows, lineOfId);
      const fields = changedFields(row, sheetLine);
      if (Object.keys(fields).length === 0) imported.unchanged++;
      else corrections.push(correctionOf(row, fields, sheetLine, limits));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      imported.notTaken.push({ line, id: id ?? null, reason: error.message });
    }
  }
  const stored = new Set(corrections.length === 0 ? [] : await correct(corrections));
  for (const { id, line, fault } of corrections) {
    if (!stored.has(id)) imported.notTaken.push({ line, id, reason: changedMeanwhile });
    else if (fault === undefined) imported.valid++;
    else imported.stillWrong.push({ line, id, reason: fault });
  }
}

const changedMeanwhile = 'Somebody has changed the error since the export: export it again';

function rowOf(
  { line, id, cells, malformed }: SheetLine,
  rows: ReadonlyMap<number, ErrorRow>,
  lineOfId: Map<number, number>,
): ErrorRow {
  if (malformed !== undefined) throw new Error(`The line cannot be read: found ${malformed}`);
  if (id === undefined) throw new Error(`found ${JSON.stringify(cells.id ?? '')} as id, expected a number`);
  const earlier = lineOfId.get(id);
  if (earlier !== undefined) throw new Error(`Line ${earlier} has the same id, and counts`);
  lineOfId.set(id, line);
  const row = rows.get(id);
  if (row === undefined) throw new Error('There is no error with this id');
  return row;
}

/** The fields that a person has changed, with their new values. */
function changedFields(row: ErrorRow, { cells, delimiter }: SheetLine): Fields {
  const exported = sheetCells(row);
  const changed = observationFields.flatMap((name, place) => {
    const [before = '', cell] = [exported[place], cells[name]];
    if (cell === undefined || cell === before) return [];
    const after = meantBy(name, cell, delimiter);
    if (isUnchanged(before, after, place)) return [];
    if (hasLostCharacters(before, after))
      throw new Error(
        `${name}: found ${JSON.stringify(after)}, expected ${JSON.stringify(before)}: the spreadsheet has lost characters, save it as CSV UTF-8`,
      );
    return [[name, after] as const];
  });
  return Object.fromEntries(changed);
}

function correctionOf(row: ErrorRow, fields: Fields, { line, cells }: SheetLine, limits: Limits) {
  if (row.status !== 'NEW') throw new Error(`It is ${row.status}: only NEW errors can be corrected`);
  if (cells.check !== undefined && cells.check !== checkOf(row)) throw new Error(changedMeanwhile);
  return { id: row.id, line, before: row.corrected, ...correctRow(row, { fields }, limits) };
}
