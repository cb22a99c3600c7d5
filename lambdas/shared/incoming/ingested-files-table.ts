import { keyInSource, longSource } from '../kafka/source.ts';
import type { Database } from '../postgres/database.ts';
import type { FileVersion } from './incoming-files.ts';

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
  /**
   * Registers a version of a file, before any of its records is sent. Returns the number of the attempt, from
   * 1; 0 if all of its rows are on Kafka already.
   */
  async startIngest({ source, key, eTag }: FileVersion): Promise<number> {
    const [known] = await query<{ is_ingested: boolean | null; attempt: number | null }>(
      `with known as (select ingested_at, attempt from ingested_files where source in ($1, $4)),
            registered as (
              insert into ingested_files (source, key, etag, ingested_at)
              select $1, $2, $3, null where not exists (select from known)
                  on conflict (source) do nothing)
       select bool_or(ingested_at is not null) as is_ingested, max(attempt) as attempt from known`,
      [source, key, eTag, longSource(key, eTag)],
    );
    return known?.is_ingested ? 0 : (known?.attempt ?? 1);
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
    await query(
      `insert into ingested_files as f
              (source, key, etag, rows_read, rows_valid, rows_invalid, rows_skipped, rows_refused, ignored_columns)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
           on conflict (source) do update
          set rows_read = excluded.rows_read, rows_valid = excluded.rows_valid,
              rows_invalid = excluded.rows_invalid, rows_skipped = excluded.rows_skipped,
              rows_refused = excluded.rows_refused, ignored_columns = excluded.ignored_columns,
              ingested_at = excluded.ingested_at
        where f.ingested_at is null and f.attempt = $10`,
      [
        source,
        key,
        eTag,
        counts.rowsRead,
        counts.rowsValid,
        counts.rowsInvalid,
        counts.rowsSkipped ?? 0,
        counts.rowsRefused ?? 0,
        counts.ignoredColumns ?? [],
        attempt,
      ],
    );
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
