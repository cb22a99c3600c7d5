import type { Database } from '../../lambdas/shared/postgres/database.ts';
import type { Selection } from './options.ts';

/**
 * NEW until a person settles it. REDRIVING while it is sent, and after a crash until it is redriven again.
 */
type Status = 'NEW' | 'REDRIVING' | 'REDRIVEN' | 'IGNORED';

export interface ErrorRow {
  readonly id: number;
  readonly status: Status;
  readonly type: string;
  readonly reason: string;
  readonly rawRow: string | null;
  /** The place of each field in the raw row, as `0,1,3,2,4,5`; null for the documented order. */
  readonly columns: string | null;
  readonly corrected: string | null;
  readonly location: string | null;
  readonly fileName: string | null;
  readonly line: number | null;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: number | null;
  readonly retries: number;
  readonly failedIn: string | null;
  readonly firstFailedAt: Date | null;
  readonly cause: string | null;
  readonly createdAt: Date;
  readonly settledAt: Date | null;
}

const columns = `
  id::float8 as id, processing_status as status, error_type as type, error_message as reason, raw_row as "rawRow",
  columns,  corrected, location, file_name as "fileName", line_number::float8 as line, topic, partition,
  "offset"::float8 as "offset", retry_count as retries, failed_in as "failedIn", first_failed_at as "firstFailedAt",
  cause, created_at as "createdAt", settled_at as "settledAt"`;

const selected = `
      ($1::bigint[] is null or id = any ($1))
  and ($2::text is null or error_type = $2)
  and ($3::text is null or strpos(file_name, $3) > 0)
  and ($4::timestamptz is null or created_at >= $4)
  and ($5::timestamptz is null or created_at < $5)`;

const parameters = ({ ids, type, file, since, until }: Selection) => [
  ids ?? null,
  type ?? null,
  file ?? null,
  since ?? null,
  until ?? null,
];

const open: readonly Status[] = ['NEW', 'REDRIVING'];

export const errorsTable = ({ query }: Pick<Database, 'query'>) => ({
  /** Newest first. Without `all`, only open errors. */
  list: (selection: Selection, { all, limit }: { all: boolean; limit: number }): Promise<ErrorRow[]> =>
    query<ErrorRow>(
      `select ${columns} from error_weather_data
        where ${selected} and ($6 or processing_status = any ($7)) order by id desc limit $8`,
      [...parameters(selection), all, open, limit],
    ),

  async show(id: number): Promise<ErrorRow> {
    const [row] = await query<ErrorRow>(`select ${columns} from error_weather_data where id = $1`, [id]);
    if (!row) throw new Error(`There is no error ${id}: \`npm run errors -- list\` shows the ids`);
    return row;
  },

  /** Returns whether the error could still be corrected. */
  async correct(id: number, corrected: string): Promise<boolean> {
    const sql = `update error_weather_data set corrected = $2 where id = $1 and processing_status = 'NEW' returning id`;
    return (await query(sql, [id, corrected])).length > 0;
  },

  async ignore(selection: Selection): Promise<number> {
    const sql = `
      update error_weather_data set processing_status = 'IGNORED', settled_at = now()
       where ${selected} and processing_status = 'NEW' returning id`;
    return (await query(sql, parameters(selection))).length;
  },

  /** The next open errors after an id, in the order of their ids. */
  next: (selection: Selection, afterId: number, limit: number): Promise<ErrorRow[]> =>
    query<ErrorRow>(
      `select ${columns} from error_weather_data
        where ${selected} and processing_status = any ($6) and id > $7 order by id limit $8`,
      [...parameters(selection), open, afterId, limit],
    ),

  /**
   * Prevents later corrections of these errors, and their settling by `ignore`. Returns the current state of
   * those that were still open.
   */
  startRedriving: (ids: readonly number[]): Promise<ErrorRow[]> =>
    query<ErrorRow>(
      `update error_weather_data set processing_status = 'REDRIVING'
        where id = any ($1::bigint[]) and processing_status = any ($2) returning ${columns}`,
      [ids, open],
    ),

  async markRedriven(ids: readonly number[]): Promise<void> {
    await query(
      `update error_weather_data set processing_status = 'REDRIVEN', settled_at = now()
        where id = any ($1::bigint[]) and processing_status = 'REDRIVING'`,
      [ids],
    );
  },
});
