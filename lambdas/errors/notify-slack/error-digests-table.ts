import type { Database, Query } from '../../shared/postgres/database.ts';
import { type ErrorDigest, typesToTell, type WaitingType } from './error-digest.ts';
import type { OutboxRow, OutboxTable } from './notify-slack.ts';
import { outboxTable } from './outbox-table.ts';

/** A message about errors that is not sent to Slack yet. */
export interface UnsentDigest extends OutboxRow {
  readonly digest: ErrorDigest;
}

/** So many take a few seconds, far below the limit of a statement. Further errors are in the next digest. */
const errorsAtMost = 50_000;

/** A week of floods. Older ones have done their work. */
const digestsKept = 10_000;

const typesShown = 20;
const causesShown = 3;
const filesShown = 10;
/** Their text is within what Slack accepts, and beyond what anybody reads. */
const rangesShown = 1_000;

const typeOf = 'left(error_type, 200)';
const isUntold = 'not slack_sent and slack_given_up_at is null';
const isWaiting = `slack_digest is null and ${isUntold}`;

/**
 * Digests of errors. One at a time is unsent, and the next is made from what waits when Slack has that one.
 * So a digest is never sent within a minute of another with the same types, whoever sends and whenever it
 * restarts: its types are told at the time that Slack accepted it.
 */
export const errorDigestsTable = (
  database: Pick<Database, 'query' | 'transaction'>,
): OutboxTable<UnsentDigest> & { collect: () => Promise<void> } => ({
  ...outboxTable<UnsentDigest, { content: ErrorDigest }>(database, {
    table: 'slack_error_digests',
    id: 'id',
    attempts: 'slack_retry_count',
    columns: ['content'],
    repeatAfterMs: 65_000,
    together: {
      sent: `${markErrors('slack_sent = true, slack_sent_at = clock_timestamp()')}, ${setPace}`,
      'given-up': `${markErrors('slack_given_up_at = clock_timestamp()')}, ${setPace}`,
    },
    rowOf: ({ content }) => ({ digest: content }),
  }),

  /** Makes the next digest of the errors that wait, if any is due. Of several at once, one does it. */
  collect: () =>
    database.transaction(async (query) => {
      if (!(await takeLock(query))) return;
      const types = typesToTell(await waitingTypes(query));
      if (types.length > 0) await makeDigest(query, types);
    }),
});

function markErrors(change: string): string {
  return `marked as (
    update error_weather_data set ${change}
     where slack_digest = any (array(select id from settled)) and ${isUntold})`;
}

const setPace = `told as (
    insert into slack_error_pace (error_type, told_at)
    select distinct type, clock_timestamp() from settled join slack_error_digests using (id), unnest(error_types) as type
        on conflict (error_type) do update set told_at = excluded.told_at)`;

/** False when another sender makes a digest, or one is not sent yet. */
async function takeLock(query: Query): Promise<boolean> {
  const [lock] = await query<{ taken: boolean }>(
    `select pg_try_advisory_xact_lock(hashtextextended('slack_error_digests', 0)) as taken`,
  );
  if (!lock?.taken) return false;
  // A statement of its own: it sees what the last holder of the lock committed.
  const [unsent] = await query<{ found: boolean }>(
    `select exists (select from slack_error_digests where ${isUntold}) as found`,
  );
  return unsent?.found === false;
}

/** The types with errors that are in no digest, by one look into the index for each. */
const waitingTypes = (query: Query): Promise<WaitingType[]> =>
  query<WaitingType & { [name: string]: unknown }>(
    `with recursive types as (
       (select ${typeOf} as type from error_weather_data where ${isWaiting} order by 1 limit 1)
       union all
       select following.type
         from types
        cross join lateral (
          select ${typeOf} as type from error_weather_data
           where ${isWaiting} and ${typeOf} > types.type order by 1 limit 1) as following)
     select type,
            extract(epoch from clock_timestamp() - oldest.stored_at)::float8 * 1000 as "waitingMs",
            extract(epoch from clock_timestamp() - newest.stored_at)::float8 * 1000 as "quietMs",
            extract(epoch from clock_timestamp() - told_at)::float8 * 1000 as "toldAgoMs"
       from types
      cross join lateral (
        select stored_at from error_weather_data
         where ${isWaiting} and ${typeOf} = type order by id limit 1) as oldest
      cross join lateral (
        select stored_at from error_weather_data
         where ${isWaiting} and ${typeOf} = type order by id desc limit 1) as newest
       left join slack_error_pace on error_type = type`,
  );

async function makeDigest(query: Query, types: readonly string[]): Promise<void> {
  const [digest] = await query<{ id: string }>(
    `insert into slack_error_digests (error_types, content) values ($1, '{}') returning id`,
    [types],
  );
  const id = digest?.id;
  await query(
    `update error_weather_data set slack_digest = $1
      where id = any (array(
        select id from error_weather_data where ${isWaiting} and ${typeOf} = any ($2) order by id limit $3))`,
    [id, types, errorsAtMost],
  );
  const content: ErrorDigest = {
    ...(await countErrors(query, id)),
    types: await countTypes(query, id),
    files: await countFiles(query, id),
    ids: await idRanges(query, id),
  };
  await query('update slack_error_digests set content = $2 where id = $1', [id, JSON.stringify(content)]);
  await query(
    `delete from slack_error_digests where id <= $1::bigint - ${digestsKept} and not (${isUntold})`,
    [id],
  );
}

async function countErrors(query: Query, id: string | undefined) {
  const [counts] = await query<{ errors: number; fileCount: number }>(
    `select count(*)::float8 as errors,
            (count(distinct file_name) + max((file_name is null)::int))::float8 as "fileCount"
       from error_weather_data where slack_digest = $1 and ${isUntold}`,
    [id],
  );
  return { errors: counts?.errors ?? 0, fileCount: counts?.fileCount ?? 0 };
}

const countTypes = (query: Query, id: string | undefined) =>
  query<ErrorDigest['types'][number] & { [name: string]: unknown }>(
    `with causes as (
       select ${typeOf} as type, fields, count(*) as errors, min(id) as first,
              case when fields = '{}' then left(regexp_replace(error_message, '\\d+', '#', 'g'), 200) end as reason
         from error_weather_data
        where slack_digest = $1 and ${isUntold}
        group by type, fields, reason),
     ranked as (
       select *, row_number() over (partition by type order by errors desc, first) as place from causes)
     select type, sum(errors)::float8 as errors, count(*)::float8 as "causeCount",
            coalesce(jsonb_agg(jsonb_build_object(
              'fields', ranked.fields, 'errors', errors, 'reason', left(error_message, 1000),
              'location', left(location, 200), 'file', file_name, 'line', line_number) order by place)
              filter (where place <= ${causesShown}), '[]') as causes
       from ranked
       left join error_weather_data e on e.id = first and place <= ${causesShown}
      group by type
      order by 2 desc, 1
      limit ${typesShown}`,
    [id],
  );

const countFiles = (query: Query, id: string | undefined) =>
  query<{ file: string | null; errors: number }>(
    `select file_name as file, count(*)::float8 as errors
       from error_weather_data
      where slack_digest = $1 and ${isUntold}
      group by 1 order by 2 desc, 1 limit ${filesShown}`,
    [id],
  );

async function idRanges(query: Query, id: string | undefined): Promise<[number, number][]> {
  const ranges = await query<{ first: number; last: number }>(
    `select min(id)::float8 as first, max(id)::float8 as last
       from (select id, id - row_number() over (order by id) as run
               from error_weather_data where slack_digest = $1 and ${isUntold}) as numbered
      group by run order by 1 limit ${rangesShown}`,
    [id],
  );
  return ranges.map(({ first, last }) => [first, last]);
}
