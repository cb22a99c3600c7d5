import type { Database } from '../postgres/database.ts';

/** The outcome of the rows of a file: read = valid + invalid + refused. Skipped rows are counted apart. */
export interface Counts {
  readonly rowsRead: number;
  readonly rowsValid: number;
  readonly rowsInvalid: number;
  /** Titles, comments, headers and footers. */
  readonly rowsSkipped?: number;
  /** Rows of a file, or of a file of an archive, that was refused whole. */
  readonly rowsRefused?: number;
  /** Columns that no field takes, by name. */
  readonly ignoredColumns?: readonly string[];
}

export const ingestedFiles = ({ query }: Pick<Database, 'query'>) => ({
  async isIngested(source: string): Promise<boolean> {
    const rows = await query('select from ingested_files where source = $1', [source]);
    return rows.length > 0;
  },

  async markIngested(source: string, counts: Counts): Promise<void> {
    await query(
      `insert into ingested_files
              (source, rows_read, rows_valid, rows_invalid, rows_skipped, rows_refused, ignored_columns)
       values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (source) do nothing`,
      [
        source,
        counts.rowsRead,
        counts.rowsValid,
        counts.rowsInvalid,
        counts.rowsSkipped ?? 0,
        counts.rowsRefused ?? 0,
        counts.ignoredColumns ?? [],
      ],
    );
  },
});
