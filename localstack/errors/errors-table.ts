import { column } from '../../lambdas/shared/postgres/column.ts';
import type { Database } from '../../lambdas/shared/postgres/database.ts';
import type { Selection } from './selection.ts';

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
  /** The format of its file, as ingest encodes it; null for the documented one. */
  readonly columns: string | null;
  /** The fields that are wrong; after a correction, those that are still wrong. */
  readonly fields: readonly string[];
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

/** The correction of one error. */
export interface StoredCorrection {
  readonly id: number;
  /** The correction that it adds to. */
  readonly before: string | null;
  readonly text: string;
  readonly fields: readonly string[];
}

/** How many errors have a value in common. */
export interface ErrorGroup {
  readonly by: 'type' | 'field' | 'file' | 'day';
  /** Null for errors that come from no file. */
  readonly value: string | null;
  readonly errors: number;
}

const columns = `
  id::float8 as id, processing_status as status, error_type as type, error_message as reason, raw_row as "rawRow",
  columns, fields, corrected, location, file_name as "fileName", line_number::float8 as line, topic, partition,
  "offset"::float8 as "offset", retry_count as retries, failed_in as "failedIn", first_failed_at as "firstFailedAt",
  cause, created_at as "createdAt", settled_at as "settledAt"`;

/** What the counts of open errors can be selected by. */
const selectedGroups = `
      ($1::text is null or error_type = $1)
  and ($2::text is null or strpos(file_name, $2) > 0)
  and ($3::text is null or $3 = any (fields))`;

const selected = `${selectedGroups}
  and ($4::bigint[] is null or id = any ($4))
  and ($5::timestamptz is null or created_at >= $5)
  and ($6::timestamptz is null or created_at < $6)`;

const groupParameters = ({ type, file, field }: Selection) => [type ?? null, file ?? null, field ?? null];

const parameters = (selection: Selection) => [
  ...groupParameters(selection),
  selection.ids ?? null,
  selection.since ?? null,
  selection.until ?? null,
];

const open: readonly Status[] = ['NEW', 'REDRIVING'];
const isOpen = `processing_status in ('NEW', 'REDRIVING')`;

/** An error counts under each of its fields. */
const byEachValue = `
  select 'type' as by, error_type as value, sum(errors)::float8 as errors from groups group by 2
  union all
  select 'field', field, sum(errors)::float8 from groups, unnest(fields) as field group by 2
  union all
  select 'file', file_name, sum(errors)::float8 from groups group by 2
  union all
  select 'day', day::text, sum(errors)::float8 from groups group by 2
   order by errors desc, value`;

const groupColumns = { type: 'error_type', file: 'file_name', field: 'unnest(fields)' } as const;

export const errorsTable = ({ query }: Pick<Database, 'query'>) => ({
  /** Newest first. Without `all`, only open errors. */
  list: (selection: Selection, { all, limit }: { all: boolean; limit: number }): Promise<ErrorRow[]> =>
    query<ErrorRow>(
      `select ${columns} from error_weather_data
        where ${selected} and ($7 or processing_status = any ($8)) order by error_weather_data.id desc limit $9`,
      [...parameters(selection), all, open, limit],
    ),

  /**
   * Counts errors by each of their values, the largest groups first. What is open is counted already; times,
   * ids and settled errors are not.
   */
  groups: (selection: Selection, { all }: { all: boolean }): Promise<ErrorGroup[]> => {
    const { ids, since, until } = selection;
    if (!all && !ids && !since && !until)
      return query<ErrorGroup>(
        `with groups as materialized (
           select day, error_type, file_name, fields, errors from open_error_counts where ${selectedGroups})
         ${byEachValue}`,
        groupParameters(selection),
      );
    return query<ErrorGroup>(
      `with groups as materialized (
         select (created_at at time zone 'UTC')::date as day, error_type, file_name, fields, count(*) as errors
           from error_weather_data
          where ${selected} and ($7 or ${isOpen})
          group by 1, 2, 3, 4)
       ${byEachValue}`,
      [...parameters(selection), all],
    );
  },

  /** Whether an error was ever stored that this selects. */
  async exists(selection: Selection): Promise<boolean> {
    const [row] = await query<{ found: boolean }>(
      `select exists (select from open_error_counts where ${selectedGroups})
           or exists (select from error_weather_data where ${selectedGroups}) as found`,
      groupParameters(selection),
    );
    return row?.found === true;
  },

  /** The values of open errors, each once. */
  async values(name: keyof typeof groupColumns): Promise<string[]> {
    const rows = await query<{ value: string }>(
      `select distinct ${groupColumns[name]} as value from open_error_counts order by 1`,
    );
    return rows.map(({ value }) => value).filter((value) => value !== null);
  },

  async show(id: number): Promise<ErrorRow> {
    const [row] = await query<ErrorRow>(`select ${columns} from error_weather_data where id = $1`, [id]);
    if (!row) throw new Error(`There is no error ${id}: \`npm run errors -- list\` shows the ids`);
    return row;
  },

  byIds: (ids: readonly number[]): Promise<ErrorRow[]> =>
    query<ErrorRow>(`select ${columns} from error_weather_data where id = any ($1::bigint[])`, [ids]),

  /** Which of these ids no error has. */
  async unknownIds(ids: readonly number[]): Promise<number[]> {
    const rows = await query<{ id: number }>(
      `select given.id::float8 as id from unnest($1::bigint[]) as given(id)
        where not exists (select from error_weather_data e where e.id = given.id) order by 1`,
      [ids],
    );
    return rows.map(({ id }) => id);
  },

  /**
   * Stores corrections and returns the ids of those stored. An error that is no longer NEW, or that somebody
   * else has corrected meanwhile, keeps what it has.
   */
  async correct(corrections: readonly StoredCorrection[]): Promise<number[]> {
    const rows = await query<{ id: number }>(
      `update error_weather_data as e
          set corrected = c.text, fields = c.fields::text[]
         from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as c(id, before, text, fields)
        where e.id = c.id and e.processing_status = 'NEW' and e.corrected is not distinct from c.before
       returning e.id::float8 as id`,
      [
        column(corrections, 'id'),
        column(corrections, 'before'),
        column(corrections, 'text'),
        corrections.map(({ fields }) => `{${fields.join(',')}}`),
      ],
    );
    return rows.map(({ id }) => id);
  },

  async ignore(selection: Selection): Promise<number> {
    const [row] = await query<{ ignored: number }>(
      `with ignored as (
         update error_weather_data set processing_status = 'IGNORED', settled_at = now()
          where ${selected} and processing_status = 'NEW' returning 1)
       select count(*)::float8 as ignored from ignored`,
      parameters(selection),
    );
    return row?.ignored ?? 0;
  },

  /** The next open errors after an id, in the order of their ids. */
  next: (selection: Selection, afterId: number, limit: number): Promise<ErrorRow[]> =>
    query<ErrorRow>(
      `select ${columns} from error_weather_data
        where ${selected} and processing_status = any ($7) and id > $8 order by error_weather_data.id limit $9`,
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

  async reopen(ids: readonly number[]): Promise<void> {
    await query(
      `update error_weather_data set processing_status = 'NEW'
        where id = any ($1::bigint[]) and processing_status = 'REDRIVING'`,
      [ids],
    );
  },

  async markRedriven(ids: readonly number[]): Promise<void> {
    await query(
      `update error_weather_data set processing_status = 'REDRIVEN', settled_at = now()
        where id = any ($1::bigint[]) and processing_status = 'REDRIVING'`,
      [ids],
    );
  },
});

export type ErrorsTable = ReturnType<typeof errorsTable>;
