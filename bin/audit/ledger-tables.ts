import type { QueryResultRow } from 'pg';
import type { Database } from '../../lambdas/shared/postgres/database.ts';
import type { DeadLetter, Ports } from './ports.ts';

const pageRows = 10_000;

/** The tables of the ledger, read in pages. */
export const ledgerTables = (
  { query }: Pick<Database, 'query'>,
  { consumer, topic }: { consumer: string; topic: string },
): Pick<Ports, 'ledger' | 'progress' | 'storedRejections' | 'deadLetters' | 'appliedOrigins'> => ({
  ledger: () => nextOffsets({ query }, consumer, topic),

  async *progress() {
    let last = { partition: -1, source: '' };
    for (;;) {
      const page = await query<{ partition: number; source: string; last_row: string }>(
        `select partition, source, max(last_row) as last_row
           from source_progress
          where consumer = $1 and topic = $2 and (partition, source) > ($3, $4)
          group by partition, source
          order by partition, source
          limit ${pageRows}`,
        [consumer, topic, last.partition, last.source],
      );
      for (const { partition, source, last_row } of page) {
        yield { partition, source, lastRow: Number(last_row) };
        last = { partition, source };
      }
      if (page.length < pageRows) return;
    }
  },

  async *storedRejections() {
    let lastId = '0';
    for (;;) {
      // Rows with failed_in are records that another consumer dead-lettered: they did land.
      const page = await query<{ id: string; partition: number; offset: string }>(
        `select id, partition, "offset"
           from error_weather_data
          where topic = $1 and "offset" is not null and failed_in is null and id > $2
          order by id
          limit ${pageRows}`,
        [topic, lastId],
      );
      for (const { id, partition, offset } of page) {
        yield { partition, offset: Number(offset) };
        lastId = id;
      }
      if (page.length < pageRows) return;
    }
  },

  async *deadLetters() {
    let lastId = '0';
    for (;;) {
      const page = await query<DeadLetterRow>(
        `select id, partition, "offset", processing_status, file_name, line_number
           from error_weather_data
          where topic = $1 and "offset" is not null and failed_in = $2 and id > $3
          order by id
          limit ${pageRows}`,
        [topic, consumer, lastId],
      );
      for (const { id, partition, offset, processing_status, file_name, line_number } of page) {
        yield {
          partition,
          offset: Number(offset),
          status: statusOf(processing_status),
          row:
            file_name === null || line_number === null
              ? null
              : { fileName: file_name, line: Number(line_number) },
        };
        lastId = id;
      }
      if (page.length < pageRows) return;
    }
  },

  async appliedOrigins(origins) {
    const rows = await query<{ origin: string }>(
      'select origin from applied_origins where consumer = $1 and origin = any ($2::text[])',
      [consumer, origins],
    );
    return new Set(rows.map(({ origin }) => origin));
  },
});

interface DeadLetterRow extends QueryResultRow {
  readonly id: string;
  readonly partition: number;
  readonly offset: string;
  readonly processing_status: string;
  readonly file_name: string | null;
  readonly line_number: string | null;
}

function statusOf(status: string): DeadLetter['status'] {
  if (status === 'REDRIVEN') return 'redriven';
  return status === 'IGNORED' ? 'ignored' : 'open';
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
