import { measures } from '../../../lambdas/shared/wire/measures.ts';
import { type Result, runQuery } from '../../athena/run-query.ts';
import type { RowLife } from '../contract.ts';
import { Refused } from '../server.ts';
import type { Sources } from '../sources.ts';
import { holdingObject } from './holding-object.ts';
import { type FailedRow, type LandedRow, type Traces, type Version, wayOf, wayOfError } from './row-life.ts';
import { utcMs } from './times.ts';

const maxRows = 20;
const fields = Object.values(measures);

/** Follows a row through the stores: by file and line, or by place and time. */
export async function readRow(
  sources: Sources,
  parameters: URLSearchParams,
  gone: AbortSignal,
): Promise<RowLife> {
  const text = (name: string) => (parameters.get(name) ?? '').trim();
  if (text('file') !== '') return byLine(sources, text('file'), text('line'), gone);
  if (text('location') !== '') return byPlace(sources, text('location'), text('time'), gone);
  throw new Refused(400, 'Give a file and a line, or a place and a time.');
}

async function byLine(sources: Sources, name: string, lineText: string, gone: AbortSignal): Promise<RowLife> {
  const { query, endpoints } = sources;
  const line = Number(lineText);
  if (lineText === '' || !Number.isSafeInteger(line) || line < 1)
    throw new Refused(400, `The line "${lineText}" is no whole number from 1.`);
  const key = name.startsWith(endpoints.incomingPrefix) ? name : `${endpoints.incomingPrefix}${name}`;
  const versions = await versionsOf(sources, 'key = $1', [key]);
  const [newest] = versions;
  if (!newest) throw new Refused(404, `No file ${key} was read. The view Files has the names.`);
  const failed = await query<FailedRow>(
    `select id::float8 as id, error_type as type, error_message as reason, processing_status as status, raw_row as "rawRow",
            extract(epoch from created_at)::float8 * 1000 as "createdAtMs",
            extract(epoch from settled_at)::float8 * 1000 as "settledAtMs",
            extract(epoch from slack_sent_at)::float8 * 1000 as "toldAtMs"
       from error_weather_data where file_name = $1 and line_number = $2 order by id desc limit ${maxRows}`,
    [key, line],
  );
  const from = Math.min(...versions.map(({ startedAtMs }) => startedAtMs));
  const landed = await landedRows(
    sources,
    `source IN (${versions.map(({ source }) => literal(source)).join(', ')}) AND "row" = ${line}
     AND ingest_date >= DATE ${literal(new Date(from).toISOString().slice(0, 10))}`,
    gone,
  );
  const ways = await Promise.all(landed.map(async (row) => wayOf(row, await tracesOf(sources, row))));
  return { paths: [...ways, ...failed.map((error) => wayOfError(error, newest, line))] };
}

async function byPlace(
  sources: Sources,
  location: string,
  timeText: string,
  gone: AbortSignal,
): Promise<RowLife> {
  const atMs = utcMs(timeText);
  if (Number.isNaN(atMs))
    throw new Refused(400, `${timeText} is no time: write 2024-08-01 12:00:00, in UTC.`);
  const time = new Date(atMs).toISOString();
  const days = await sources.query<{ day: string }>(
    'select distinct ingest_date::text as day from landed_days where event_date = $1::date',
    [time.slice(0, 10)],
  );
  if (days.length === 0) return { paths: [] };
  const landed = await landedRows(
    sources,
    `location = ${literal(location)} AND date_time = TIMESTAMP ${literal(time.slice(0, 19).replace('T', ' '))}
     AND ingest_date IN (${days.map(({ day }) => `DATE ${literal(day)}`).join(', ')})`,
    gone,
  );
  return { paths: await Promise.all(landed.map(async (row) => wayOf(row, await tracesOf(sources, row)))) };
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

const columns = [
  'location',
  'date_time',
  'source',
  '"row"',
  '_topic',
  '_partition',
  '_offset',
  '_timestamp',
  'ingest_date',
];

async function landedRows({ athena }: Sources, where: string, gone: AbortSignal): Promise<LandedRow[]> {
  const sql = `SELECT ${[...columns, ...fields.map(({ column }) => column)].join(', ')}
    FROM raw_observations WHERE ${where} ORDER BY _timestamp DESC LIMIT ${maxRows}`;
  const { rows } = await runQuery(athena, { sql, workGroup: 'isobar-local', database: 'isobar_local' }, gone);
  return rows.map(rowOf);
}

function rowOf(cells: Result['rows'][number]): LandedRow {
  const [location, time, source, row, topic, partition, offset, timestamp, ingestDate, ...values] = cells;
  return {
    location: location ?? '',
    atMs: utcMs(time ?? ''),
    source: source ?? null,
    row: row === null || row === undefined ? null : Number(row),
    topic: topic ?? '',
    partition: Number(partition),
    offset: Number(offset),
    recordedAtMs: utcMs(timestamp ?? ''),
    ingestDate: ingestDate ?? '',
    measures: fields
      .flatMap(({ label, unit }, place) => {
        const value = values[place];
        return value === null || value === undefined ? [] : [`${label} ${Number(value)} ${unit}`];
      })
      .join(' · '),
  };
}

const versionsOf = ({ query }: Sources, where: string, values: readonly unknown[]) =>
  query<Version>(
    `select * from (
       select source, key, extract(epoch from started_at)::float8 * 1000 as "startedAtMs",
              extract(epoch from ingested_at)::float8 * 1000 as "ingestedAtMs" from ingested_files
       union all
       select m.source, m.key, extract(epoch from f.started_at)::float8 * 1000, extract(epoch from f.ingested_at)::float8 * 1000
         from archive_members m join ingested_files f on f.source = m.archive) versions
      where ${where} order by "startedAtMs" desc limit ${maxRows}`,
    values,
  );

async function tracesOf(sources: Sources, row: LandedRow): Promise<Traces> {
  const { query } = sources;
  const at = new Date(row.atMs);
  const [files, object, ledger, windows, alerts, days] = await Promise.all([
    row.source === null ? [] : versionsOf(sources, 'source = $1', [row.source]),
    holdingObject(sources.s3, sources.endpoints.lakeBucket, row),
    query<{ next: number }>(
      `select next_offset::float8 as next from applied_offsets
        where consumer = 'watch-weather' and topic = $1 and partition = $2`,
      [row.topic, row.partition],
    ),
    query<NonNullable<Traces['window']>>(
      `select extract(epoch from window_start)::float8 * 1000 as "startMs", window_seconds::float8 as seconds,
              count::float8 as count, late_count::float8 as late
         from weather_windows
        where location = $1 and window_start <= $2 and window_start + make_interval(secs => window_seconds) > $2`,
      [row.location, at],
    ),
    query<Traces['alerts'][number]>(
      `select alert_id::float8 as id, alert_type as type, alert_reason as reason,
              extract(epoch from created_at)::float8 * 1000 as "createdAtMs",
              extract(epoch from slack_sent_at)::float8 * 1000 as "sentAtMs"
         from weather_alerts where location = $1 and event_time = $2 order by alert_id limit ${maxRows}`,
      [row.location, at],
    ),
    query<NonNullable<Traces['day']>>(
      `select revision, extract(epoch from published_at)::float8 * 1000 as "publishedAtMs"
         from published_days where day = $1::date`,
      [at.toISOString().slice(0, 10)],
    ),
  ]);
  return {
    file: files[0],
    object,
    isWatched: (ledger[0]?.next ?? 0) > row.offset,
    window: windows[0],
    alerts,
    day: days[0],
  };
}
