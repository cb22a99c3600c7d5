import { keyInSource } from '../kafka/source.ts';
import type { Database } from '../postgres/database.ts';
import type { FileVersion, ReadVersion } from './incoming-files.ts';

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
  /** The days of the valid rows, in UTC, such as 2024-01-31. */
  readonly days?: readonly string[];
}

export const ingestedFiles = ({ query }: Pick<Database, 'query'>) => ({
  /**
   * Registers a version of a file, before any of its records is sent. Returns the number of the attempt, from
   * 1; 0 if all of its rows are on Kafka already.
   */
  async startIngest({ source, key, eTag, readAtMs }: ReadVersion): Promise<number> {
    const [started] = await query<{ attempt: number }>(
      'select start_ingest($1, $2, $3, $4::timestamptz) as attempt',
      [source, key, eTag, new Date(readAtMs).toISOString()],
    );
    return started?.attempt ?? 1;
  },

  /** Registers a file of an archive, before any of its records is sent. */
  async startMember({ source, key }: FileVersion, archive: FileVersion): Promise<void> {
    await query(
      `insert into archive_members (source, archive, key) values ($1, $2, $3) on conflict (source) do nothing`,
      [source, archive.source, key],
    );
  },

  /** Does nothing for an attempt that is over: a function may outlive the one that took its place. */
  async markIngested({ source, key, eTag }: FileVersion, counts: Counts, attempt = 1): Promise<void> {
    await query('select end_ingest($1, $2, $3, $4, $5, $6, $7, $8, $9::text[], $10::date[], $11)', [
      source,
      key,
      eTag,
      counts.rowsRead,
      counts.rowsValid,
      counts.rowsInvalid,
      counts.rowsSkipped ?? 0,
      counts.rowsRefused ?? 0,
      counts.ignoredColumns ?? [],
      counts.days ?? null,
      attempt,
    ]);
  },
});

/**
 * Returns a function from each of these sources to the object key of its file, or to the source itself if no
 * file is known by it.
 */
export type NameFiles = (
  sources: Iterable<string | undefined>,
) => Promise<(source: string | undefined) => string | null>;

export const fileNames =
  ({ query }: Pick<Database, 'query'>): NameFiles =>
  async (sources) => {
    const ids = [...new Set(sources)].filter((each) => each !== undefined && keyInSource(each) === undefined);
    const rows =
      ids.length === 0
        ? []
        : await query<{ source: string; key: string }>(
            `select source, key from ingested_files where source = any ($1::text[]) and key is not null
              union all
             select source, key from archive_members where source = any ($1::text[])`,
            [ids],
          );
    const keys = new Map(rows.map(({ source, key }) => [source, key]));
    return (source) => (source === undefined ? null : (keyInSource(source) ?? keys.get(source) ?? source));
  };
