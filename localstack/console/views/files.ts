import type { IncomingMessage } from 'node:http';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { sourceId } from '../../../lambdas/shared/kafka/source.ts';
import type { FileLine, FileState, Files, Uploaded } from '../contract.ts';
import { Refused } from '../server.ts';
import type { Sources } from '../sources.ts';
import { incomingQueue } from './stages.ts';

interface Row {
  readonly source: string;
  readonly key: string;
  readonly startedAt: Date;
  /** Null until all rows are on Kafka. */
  readonly ingestedAt: Date | null;
  readonly rowsRead: number;
  readonly rowsValid: number;
  readonly rowsInvalid: number;
  readonly rowsRefused: number;
  readonly rowsSkipped: number;
  readonly ignoredColumns: string[];
  readonly openErrors: number;
  /** The lines that a consumer has passed, by consumer. */
  readonly seen: Readonly<Record<string, number>> | null;
}

/** The files of an archive have rows and errors of their own: they count for the archive. */
const newest = `
  with files as (select * from ingested_files where key like $1 || '%' order by started_at desc, source limit $2),
       sources as (select source as file, source from files
                   union all select archive, source from archive_members where archive in (select source from files)),
       keys as (select key as file, key from files
                union select f.key, m.key from archive_members m join files f on f.source = m.archive),
       errors as (select k.file, sum(c.errors) as open from open_error_counts c join keys k on k.key = c.file_name
                   group by k.file),
       seen as (select file, jsonb_object_agg(consumer, lines) as seen
                  from (select file, consumer, sum(last_row) as lines
                          from (select s.file, s.source, p.consumer, max(p.last_row) as last_row
                                  from source_progress p join sources s using (source) group by 1, 2, 3) by_source
                         group by file, consumer) by_file
                 group by file)
  select f.source, f.key, f.started_at as "startedAt", f.ingested_at as "ingestedAt", f.rows_read::float8 as "rowsRead",
         f.rows_valid::float8 as "rowsValid", f.rows_invalid::float8 as "rowsInvalid",
         f.rows_refused::float8 as "rowsRefused", f.rows_skipped::float8 as "rowsSkipped",
         f.ignored_columns as "ignoredColumns", coalesce(e.open, 0)::float8 as "openErrors", s.seen
    from files f
    left join errors e on e.file = f.key
    left join seen s on s.file = f.source
   order by f.started_at desc, f.source`;

const shownFiles = 100;
/** Files that wait are listed up to this number: the listing is sorted by name, not by time. */
const listedObjects = 5_000;

/** The newest files, those that wait to be read first. */
export async function readFiles(
  sources: Sources,
  lag: () => Promise<Readonly<Record<string, number>>>,
  query: URLSearchParams,
): Promise<Files> {
  const { query: select, endpoints } = sources;
  const prefix = endpoints.incomingPrefix;
  const limit = Math.min(Number(query.get('limit')) || shownFiles, 500);
  const waiting = await waitingFiles(sources);
  // Read before the lag: without a lag, all rows that were on Kafka by then are processed.
  const rows = await select<Row>(newest, [prefix, limit]);
  const [lagNow, totals] = await Promise.all([
    lag(),
    select<{ files: number }>(
      `select count(*)::float8 as files from ingested_files where key like $1 || '%'`,
      [prefix],
    ),
  ]);
  const total = (totals[0]?.files ?? 0) + waiting.length;
  return { files: [...waiting, ...rows.map((row) => lineOf(row, prefix, lagNow))], total };
}

/** Objects in the incoming folder whose rows are not all on Kafka: none when the queue is empty. */
async function waitingFiles({ endpoints, s3, counter, query }: Sources): Promise<FileLine[]> {
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
  // Those that are being read are among the files of the database.
  const ids = new Map(notIngested.map((version) => [sourceId(version), version]));
  const started = await query<{ source: string }>(
    'select source from ingested_files where source = any ($1)',
    [[...ids.keys()]],
  );
  for (const { source } of started) ids.delete(source);
  return [...ids].slice(0, shownFiles).map(([source, version]) => ({
    ...nothingCounted,
    source,
    name: version.slice(endpoints.incomingPrefix.length).replace(/@[^@]*$/, ''),
    state: 'waiting',
  }));
}

const nothingCounted = {
  startedAtMs: undefined,
  rowsRead: 0,
  rowsValid: 0,
  rowsInvalid: 0,
  rowsRefused: 0,
  rowsSkipped: 0,
  ignoredColumns: [],
  openErrors: 0,
  landed: 0,
  watched: 0,
} as const;

export function lineOf(row: Row, prefix: string, lag: Readonly<Record<string, number>>): FileLine {
  const { key, startedAt, ingestedAt, seen, ...counts } = row;
  const isRead = ingestedAt !== null;
  // The last lines may be invalid: no consumer ever sees those. Without a lag, it has seen all others.
  const lines = row.rowsRead + row.rowsSkipped;
  const passed = (consumer: string) => {
    if (isRead && (row.rowsValid === 0 || lag[consumer] === 0)) return 1;
    return lines === 0 ? 0 : Math.min(0.99, (seen?.[consumer] ?? 0) / lines);
  };
  const landed = passed('land-observations');
  return {
    ...counts,
    name: key.slice(prefix.length),
    state: landed < 1 ? 'processing' : stateOf(row),
    startedAtMs: startedAt.getTime(),
    landed,
    watched: passed('watch-weather'),
  };
}

function stateOf({ rowsRefused, rowsRead, rowsInvalid, openErrors }: Row): FileState {
  if (rowsRefused > 0 || (rowsRead === 0 && openErrors > 0)) return 'refused';
  return rowsInvalid > 0 || openErrors > 0 ? 'errors' : 'done';
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
  return { source: sourceId(await incoming.dropStream({ name, content: request, sizeBytes })) };
}

/** Any language's letters. No empty or hidden part, and none that leads out of the folder. */
export const isFileName = (name: string): boolean =>
  name.length <= 500 &&
  name.split('/').every((part) => /^[\p{L}\p{N}_(][\p{L}\p{M}\p{N} ._+()-]*$/u.test(part));
