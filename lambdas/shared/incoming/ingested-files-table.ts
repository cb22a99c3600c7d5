import type { Database } from '../postgres/database.ts';

export interface Counts {
  readonly rowsRead: number;
  readonly rowsValid: number;
  readonly rowsInvalid: number;
}

export const ingestedFiles = ({ query }: Pick<Database, 'query'>) => ({
  async isIngested(source: string): Promise<boolean> {
    const rows = await query('select from ingested_files where source = $1', [source]);
    return rows.length > 0;
  },

  async markIngested(source: string, { rowsRead, rowsValid, rowsInvalid }: Counts): Promise<void> {
    await query(
      `insert into ingested_files (source, rows_read, rows_valid, rows_invalid)
       values ($1, $2, $3, $4)
           on conflict (source) do nothing`,
      [source, rowsRead, rowsValid, rowsInvalid],
    );
  },
});
