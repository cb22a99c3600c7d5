import type { QueryResultRow } from 'pg';
import { fileNames } from '../../lambdas/shared/incoming/ingested-files-table.ts';
import type { Database } from '../../lambdas/shared/postgres/database.ts';
import type { DeadLetter, Ports } from './ports.ts';

const pageRows = 10_000;

/** The tables of the ledger, read in pages. The topic is named with its generation. */
export const ledgerTables = (
  { query }: Pick<Database, 'query'>,
  { consumer, topic }: { consumer: string; topic: string },
): Pick<
  Ports,
  'ledger' | 'progress' | 'storedRejections' | 'deadLetters' | 'appliedOrigins' | 'nameFiles'
> => ({
  ledger: () => nextOffsets({ query }, consumer, topic),

  async *progress() {
    const sql = `
      select partition, source, max(last_row) as last_row
        from source_progress
       where consumer = $1 and topic = $2 and (partition, source) > ($3, $4)
       group by partition, source
       order by partition, source
       limit ${pageRows}`;
    const pages = paged<ProgressRow>((last) =>
      query(sql, [consumer, topic, last?.partition ?? -1, last?.source ?? '']),
    );
    for await (const { partition, source, last_row } of pages)
      yield { partition, source, lastRow: Number(last_row) };
  },

  async *storedRejections() {
    // Rows with failed_in are records that another consumer dead-lettered: they did land.
    const sql = `
      select id, partition, "offset"
        from error_weather_data
       where topic = $1 and "offset" is not null and failed_in is null and id > $2
       order by id
       limit ${pageRows}`;
    const pages = paged<ErrorPlace>((last) => query(sql, [topic, last?.id ?? '0']));
    for await (const { partition, offset } of pages) yield { partition, offset: Number(offset) };
  },

  async *deadLetters() {
    const sql = `
      select id, partition, "offset", processing_status, line_number,
             case when file_name is not null then array(
               select source from ingested_files f where f.key = e.file_name
               union all
               select source from archive_members m where m.key = e.file_name) || file_name end as names
        from error_weather_data e
       where topic = $1 and "offset" is not null and failed_in = $2 and id > $3
       order by id
       limit ${pageRows}`;
    const pages = paged<DeadLetterRow>((last) => query(sql, [topic, consumer, last?.id ?? '0']));
    for await (const { partition, offset, processing_status, names, line_number } of pages)
      yield {
        partition,
        offset: Number(offset),
        status: statusOf(processing_status),
        row: names === null || line_number === null ? null : { names, line: Number(line_number) },
      };
  },

  nameFiles: fileNames({ query }),

  async appliedOrigins(origins) {
    const rows = await query<{ origin: string }>(
      'select origin from applied_origins where consumer = $1 and origin = any ($2::text[])',
      [consumer, origins],
    );
    return new Set(rows.map(({ origin }) => origin));
  },
});

/** The rows of all pages. `read` gets the last row of the previous page. */
async function* paged<Row>(read: (last: Row | undefined) => Promise<Row[]>): AsyncGenerator<Row> {
  let last: Row | undefined;
  for (;;) {
    const page = await read(last);
    yield* page;
    if (page.length < pageRows) return;
    last = page.at(-1);
  }
}

interface ProgressRow extends QueryResultRow {
  readonly partition: number;
  readonly source: string;
  readonly last_row: string;
}

interface ErrorPlace extends QueryResultRow {
  readonly id: string;
  readonly partition: number;
  readonly offset: string;
}

interface DeadLetterRow extends ErrorPlace {
  readonly processing_status: string;
  readonly names: readonly string[] | null;
  readonly line_number: string | null;
}

function statusOf(status: string): DeadLetter['status'] {
  if (status === 'REDRIVEN') return 'redriven';
  return status === 'IGNORED' ? 'ignored' : 'open';
}

/** The generations of a topic that a consumer has begun, and the current one; the oldest first. */
export async function generationsOf(
  { query }: Pick<Database, 'query'>,
  consumer: string,
  topic: string,
): Promise<{ readonly current: string; readonly all: readonly string[] }> {
  const rows = await query<{ name: string; current: string }>(
    `select name, ledger_topic($2) as current
       from (select topic as name from applied_offsets where consumer = $1 and split_part(topic, '@', 1) = $2
              union select ledger_topic($2)) names
      order by nullif(split_part(name, '@', 2), '')::int nulls first`,
    [consumer, topic],
  );
  return { current: rows[0]?.current ?? topic, all: rows.map(({ name }) => name) };
}

/** The next offset of a consumer, by partition. */
export async function nextOffsets(
  { query }: Pick<Database, 'query'>,
  consumer: string,
  topic: string,
): Promise<ReadonlyMap<number, number>> {
  const rows = await query<{ partition: number; next_offset: string }>(
    'select partition, next_offset from applied_offsets where consumer = $1 and topic = $2',
    [consumer, topic],
  );
  return new Map(rows.map(({ partition, next_offset }) => [partition, Number(next_offset)]));
}
