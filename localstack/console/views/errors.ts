import type { ErrorLine, Errors } from '../contract.ts';
import { Refused } from '../server.ts';
import type { Sources } from '../sources.ts';

interface Row extends Omit<ErrorLine, 'createdAtMs'> {
  readonly createdAt: Date;
}

/** The statuses that the view tells apart, with the condition of the index that serves each. */
const conditions: Readonly<Record<string, string>> = {
  '': 'true',
  open: `processing_status in ('NEW', 'REDRIVING')`,
  redriven: `processing_status = 'REDRIVEN'`,
  ignored: `processing_status = 'IGNORED'`,
};

/** An empty filter selects all. */
const page = (status: string) => `
  select id::float8 as id, processing_status as status, error_type as type, error_message as reason, raw_row as "rawRow",
         corrected, location, file_name as file, line_number::float8 as line,
         topic || '/' || partition || '/' || "offset" as record,
         failed_in as "failedIn", cause, retry_count as retries, created_at as "createdAt"
    from error_weather_data
   where ${conditions[status]}
     and ($1::text = '' or error_type = $1)
     and ($2::text = '' or strpos(coalesce(file_name, topic), $2) > 0)
     and ($3::bigint is null or id < $3)
   -- The column, which has an index, and not the number above.
   order by error_weather_data.id desc
   limit $4`;

/** Settled errors are counted up to this number. */
const countedSettled = 10_000;

/**
 * Open errors are counted already, by triggers: a million of them are a few rows here. Of the settled ones,
 * the newest are counted.
 */
const groups = `
  with settled as materialized (
    (select processing_status, error_type, file_name from error_weather_data
      where processing_status = 'REDRIVEN' order by id desc limit ${countedSettled})
    union all
    (select processing_status, error_type, file_name from error_weather_data
      where processing_status = 'IGNORED' order by id desc limit ${countedSettled})),
  counted as materialized (
    select 'open' as status, error_type, file_name, errors from open_error_counts
    union all
    select lower(processing_status), error_type, file_name, count(*) from settled group by 1, 2, 3),
  chosen as materialized (select * from counted where $1 in ('', status))
  (select 'status' as by, status as name, sum(errors)::float8 as count from counted group by status)
  union all
  (select 'type', error_type, sum(errors)::float8 from chosen group by error_type order by 3 desc, 2 limit 30)
  union all
  (select 'file', file_name, sum(errors)::float8 from chosen where file_name is not null
    group by file_name order by 3 desc, 2 limit 30)`;

const pageSize = 50;

/** One page of errors, newest first, and how many there are of each kind. */
export async function readErrors(
  { query: select }: Pick<Sources, 'query'>,
  query: URLSearchParams,
): Promise<Errors> {
  const status = query.get('status') ?? '';
  if (!Object.hasOwn(conditions, status))
    throw new Refused(
      400,
      `There is no status "${status}": use ${Object.keys(conditions).filter(Boolean).join(', ')}.`,
    );
  const before = Number(query.get('before')) || null;
  const [rows, counts] = await Promise.all([
    select<Row>(page(status), [query.get('type') ?? '', query.get('file') ?? '', before, pageSize + 1]),
    select<{ by: string; name: string; count: number }>(groups, [status]),
  ]);
  const of = (kind: string) =>
    counts.filter(({ by }) => by === kind).map(({ name, count }) => ({ name, count }));
  const known = of('status');
  const shown = rows.slice(0, pageSize);
  return {
    errors: shown.map(({ createdAt, ...row }) => ({ ...row, createdAtMs: createdAt.getTime() })),
    next: rows.length > pageSize ? shown.at(-1)?.id : undefined,
    byStatus: Object.keys(conditions)
      .filter(Boolean)
      .map((name) => ({ name, count: known.find((each) => each.name === name)?.count ?? 0 })),
    byType: of('type'),
    byFile: of('file'),
    countedSettled,
  };
}
