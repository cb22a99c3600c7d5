import type { Database } from '../postgres/database.ts';

/** A place in a file. All rows up to it are acknowledged by Kafka. */
export interface Checkpoint {
  /** Of the files in an archive, from 0; 0 for a file that is none. */
  readonly part: number;
  /** The line of the last row in this part. */
  readonly line: number;
}

/** How long a file that was replaced halfway is remembered. */
const keepDays = 50;

export const fileCheckpoints = ({ query }: Pick<Database, 'query'>) => ({
  async read(source: string): Promise<Checkpoint | undefined> {
    const [row] = await query<{ part: number; line: string }>(
      'select part, line from file_checkpoints where source = $1',
      [source],
    );
    return row && { part: row.part, line: Number(row.line) };
  },

  /** Of two functions that continue the same file, the one that got further counts. */
  async save(source: string, { part, line }: Checkpoint): Promise<void> {
    await query(
      `with expired as (delete from file_checkpoints where saved_at < current_date - $4::int)
       insert into file_checkpoints as c (source, part, line) values ($1, $2, $3)
           on conflict (source)
           do update set part = excluded.part, line = excluded.line, saved_at = excluded.saved_at
        where (c.part, c.line) < (excluded.part, excluded.line)`,
      [source, part, line, keepDays],
    );
  },

  async forget(source: string): Promise<void> {
    await query('delete from file_checkpoints where source = $1', [source]);
  },
});
