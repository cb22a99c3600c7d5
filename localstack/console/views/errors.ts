import type { ErrorLine, Errors } from '../contract.ts';
import type { Sources } from '../sources.ts';

interface Row extends Omit<ErrorLine, 'createdAtMs'> {
  readonly createdAt: Date;
}

/** An empty filter selects all. */
const selected = `
      ($1::text = '' or processing_status = $1)
  and ($2::text = '' or error_type = $2)
  and ($3::text = '' or strpos(coalesce(file_name, topic), $3) > 0)`;

const page = `
  select id::float8 as id, processing_status as status, error_type as type, error_message as reason, raw_row as "rawRow",
         corrected, location, file_name as file, line_number::float8 as line,
         topic || '/' || partition || '/' || "offset" as record,
         failed_in as "failedIn", cause, retry_count as retries, created_at as "createdAt"
    from error_weather_data
   where ${selected} and ($4::bigint is null or id < $4)
   order by id desc
   limit $5`;

const groups = {
  byStatus:
    'select processing_status as name, count(*)::float8 as count from error_weather_data group by 1 order by 2 desc, 1',
  byType: `select error_type as name, count(*)::float8 as count from error_weather_data
            where $1::text = '' or processing_status = $1 group by 1 order by 2 desc, 1 limit 30`,
  byFile: `select coalesce(file_name, topic, 'unknown') as name, count(*)::float8 as count from error_weather_data
            where $1::text = '' or processing_status = $1 group by 1 order by 2 desc, 1 limit 30`,
};

const pageSize = 50;

/** One page of errors, newest first, and how many there are of each kind. */
export async function readErrors({ query: select }: Sources, query: URLSearchParams): Promise<Errors> {
  const status = query.get('status') ?? '';
  const before = Number(query.get('before')) || null;
  const filter = [status, query.get('type') ?? '', query.get('file') ?? ''];
  const [rows, byStatus, byType, byFile] = await Promise.all([
    select<Row>(page, [...filter, before, pageSize + 1]),
    select<{ name: string; count: number }>(groups.byStatus),
    select<{ name: string; count: number }>(groups.byType, [status]),
    select<{ name: string; count: number }>(groups.byFile, [status]),
  ]);
  const shown = rows.slice(0, pageSize);
  return {
    errors: shown.map(({ createdAt, ...row }) => ({ ...row, createdAtMs: createdAt.getTime() })),
    next: rows.length > pageSize ? shown.at(-1)?.id : undefined,
    byStatus,
    byType,
    byFile,
  };
}
