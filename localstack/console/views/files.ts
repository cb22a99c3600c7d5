import type { IncomingMessage } from 'node:http';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import type { FileLine, FileState, Files, Uploaded } from '../contract.ts';
import { Refused } from '../server.ts';
import type { Sources } from '../sources.ts';
import { incomingQueue } from './stages.ts';

interface Row {
  readonly source: string;
  readonly ingestedAt: Date;
  readonly rowsRead: number;
  readonly rowsValid: number;
  readonly rowsInvalid: number;
  readonly rowsRefused: number;
  readonly rowsSkipped: number;
  readonly ignoredColumns: string[];
  readonly errors: number;
  readonly openErrors: number;
  /** The last line that a consumer has seen, by consumer. */
  readonly seen: Readonly<Record<string, number>> | null;
}

const newest = `
  with files as (select * from ingested_files where source like $1 || '%' order by ingested_at desc, source limit $2),
       errors as (select file_name, count(*) as errors,
                         count(*) filter (where processing_status in ('NEW', 'REDRIVING')) as open
                    from error_weather_data
                   where file_name in (select regexp_replace(source, '@[^@]*$', '') from files)
                   group by file_name),
       seen as (select source, jsonb_object_agg(consumer, last_row) as seen
                  from (select source, consumer, max(last_row) as last_row from source_progress
                         where source in (select source from files) group by source, consumer) by_consumer
                 group by source)
  select f.source, f.ingested_at as "ingestedAt", f.rows_read::float8 as "rowsRead", f.rows_valid::float8 as "rowsValid",
         f.rows_invalid::float8 as "rowsInvalid", f.rows_refused::float8 as "rowsRefused",
         f.rows_skipped::float8 as "rowsSkipped", f.ignored_columns as "ignoredColumns",
         coalesce(e.errors, 0)::float8 as errors, coalesce(e.open, 0)::float8 as "openErrors", s.seen
    from files f
    left join errors e on e.file_name = regexp_replace(f.source, '@[^@]*$', '')
    left join seen s on s.source = f.source
   order by f.ingested_at desc, f.source`;

const shownFiles = 100;
/** Files that wait are listed up to this number: the listing is sorted by name, not by time. */
const listedObjects = 5_000;

/** The newest files, those that wait to be read first. */
export async function readFiles(sources: Sources, query: URLSearchParams): Promise<Files> {
  const { query: select, endpoints } = sources;
  const limit = Math.min(Number(query.get('limit')) || shownFiles, 500);
  const [rows, totals] = await Promise.all([
    select<Row>(newest, [endpoints.incomingPrefix, limit]),
    select<{ files: number }>('select count(*)::float8 as files from ingested_files where source like $1', [
      `${endpoints.incomingPrefix}%`,
    ]),
  ]);
  const waiting = await waitingFiles(sources);
  const total = (totals[0]?.files ?? 0) + waiting.length;
  return { files: [...waiting, ...rows.map((row) => lineOf(row, endpoints.incomingPrefix))], total };
}

/** Objects in the incoming folder whose rows are not all on Kafka: none when the queue is empty. */
async function waitingFiles({ endpoints, s3, counter }: Sources): Promise<FileLine[]> {
  if (!(await counter.queues())[incomingQueue]) return [];
  const found: string[] = [];
  const pages = paginateListObjectsV2(
    { client: s3 },
    { Bucket: endpoints.lakeBucket, Prefix: endpoints.incomingPrefix },
  );
  for await (const { Contents = [] } of pages) {
    for (const { Key, ETag } of Contents) if (Key && ETag) found.push(`${Key}@${ETag.replaceAll('"', '')}`);
    if (found.length >= listedObjects) break;
  }
  const notIngested = await counter.notIngested(found);
  return notIngested.slice(0, shownFiles).map((source) => ({
    ...nothingCounted,
    source,
    name: nameOf(source, endpoints.incomingPrefix),
    state: 'waiting',
  }));
}

const nothingCounted = {
  ingestedAtMs: undefined,
  rowsRead: 0,
  rowsValid: 0,
  rowsInvalid: 0,
  rowsRefused: 0,
  rowsSkipped: 0,
  ignoredColumns: [],
  errors: 0,
  openErrors: 0,
  landed: 0,
  watched: 0,
} as const;

const nameOf = (source: string, prefix: string) => source.slice(prefix.length).replace(/@[^@]*$/, '');

export function lineOf(row: Row, prefix: string): FileLine {
  const { source, ingestedAt, seen, ...counts } = row;
  // Lines are headers, invalid rows and records: the last line seen tells how far a consumer is.
  const lines = row.rowsRead + row.rowsSkipped;
  const passed = (consumer: string) =>
    row.rowsValid === 0 ? 1 : lines === 0 ? 0 : Math.min(1, (seen?.[consumer] ?? 0) / lines);
  const landed = passed('land-observations');
  const watched = passed('watch-weather');
  return {
    ...counts,
    source,
    name: nameOf(source, prefix),
    state: stateOf(row, landed),
    ingestedAtMs: ingestedAt.getTime(),
    landed,
    watched,
  };
}

function stateOf({ rowsRead, rowsRefused, rowsInvalid, errors }: Row, landed: number): FileState {
  if (rowsRefused > 0 || (rowsRead === 0 && errors > 0)) return 'refused';
  if (landed === 0) return 'processing';
  return rowsInvalid > 0 || errors > 0 ? 'errors' : 'done';
}

/** Drops a file into the incoming folder, as a user of S3 would. */
export async function uploadFile(
  { incoming }: Sources,
  query: URLSearchParams,
  request: IncomingMessage,
): Promise<Uploaded> {
  const name = query.get('name') ?? '';
  const sizeBytes = Number(request.headers['content-length']);
  if (!isFileName(name))
    throw new Refused(400, `"${name}" is no name for a file: use letters, digits, spaces and . _ - / only.`);
  if (!Number.isInteger(sizeBytes) || sizeBytes <= 0)
    throw new Refused(400, `${name} is empty, or its length is not known: nothing was dropped.`);
  return { source: await incoming.dropStream({ name, content: request, sizeBytes }) };
}

/** Any language's letters. No empty or hidden part, and none that leads out of the folder. */
export const isFileName = (name: string): boolean =>
  name.length <= 500 &&
  name.split('/').every((part) => /^[\p{L}\p{N}_(][\p{L}\p{M}\p{N} ._+()-]*$/u.test(part));
