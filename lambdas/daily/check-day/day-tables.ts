import { topics } from '../../shared/kafka/topics.ts';
import { column } from '../../shared/postgres/column.ts';
import type { Database } from '../../shared/postgres/database.ts';
import type { AlertCount, LandedDate, VersionOfDay } from './check-day.ts';
import type { TopicEnd } from './check-request.ts';

export const dayTables = ({ query }: Pick<Database, 'query'>) => ({
  async countBehind(consumer: string, ends: readonly TopicEnd[]): Promise<number> {
    const [found] = await query<{ behind: string }>(
      `select coalesce(sum(greatest(0, e.end_offset - coalesce(a.next_offset, 0))), 0) as behind
         from unnest($3::int[], $4::bigint[]) as e(partition, end_offset)
         left join applied_offsets a
           on a.consumer = $1 and a.topic = ledger_topic($2) and a.partition = e.partition`,
      [consumer, topics.weatherData.name, column(ends, 'partition'), column(ends, 'endOffset')],
    );
    return Number(found?.behind ?? 0);
  },

  async countLastSeen(fromMs: number, toMs: number): Promise<number> {
    const [found] = await query<{ locations: string }>(
      'select count(*) as locations from latest_observations where observed_at >= $1 and observed_at < $2',
      [new Date(fromMs).toISOString(), new Date(toMs).toISOString()],
    );
    return Number(found?.locations ?? 0);
  },

  async landedDates(day: string): Promise<LandedDate[]> {
    const rows = await query<{ ingest_date: string; rows: string }>(
      `select to_char(ingest_date, 'YYYY-MM-DD') as ingest_date, sum(rows) as rows
         from landed_days
        where event_date = $1
        group by 1
        order by 1`,
      [day],
    );
    return rows.map(({ ingest_date, rows }) => ({ ingestDate: ingest_date, rows: Number(rows) }));
  },

  async startLakeRead(runId: string, ingestDates: readonly string[]): Promise<void> {
    await query('select start_lake_read($1, $2::date[])', [runId, ingestDates]);
  },

  /** Rows name a version by its id, or by its key and ETag. A file in an archive has a source of its own. */
  async versions(day: string): Promise<{ superseded: string; versions: VersionOfDay[] }> {
    // First, so that a version that changes meanwhile makes the day due again.
    const [digest] = await query<{ superseded: string }>('select superseded_on($1::date) as superseded', [
      day,
    ]);
    const rows = await query<VersionOfDay>(
      `with left_out as (
         select f.source, f.key, f.etag, false as counts, r.source as replacement
           from ingested_files f
           left join ingested_files r on r.key = f.key and r.counts and r.replaces = f.source
          where not f.counts and (f.days is null or f.days @> array[$1::date])
       ), of_day as (
         select * from left_out
          union all
         select source, key, etag, true, source
           from ingested_files where source in (select replacement from left_out)
       ), with_members as (
         select source, key, etag, counts, replacement from of_day
          union all
         select m.source, m.key, o.etag, o.counts, o.replacement
           from of_day o join archive_members m on m.archive = o.source
       )
       select distinct unnest(array[source, key || '@' || etag]) as source, counts, replacement
         from with_members
        order by 1`,
      [day],
    );
    return { superseded: digest?.superseded ?? '', versions: rows };
  },

  async alertCounts(day: string): Promise<AlertCount[]> {
    const rows = await query<{ location: string; alert_type: string; alerts: string }>(
      `select location, alert_type, count(*) as alerts
         from weather_alerts
        where event_time >= $1::timestamp at time zone 'UTC'
          and event_time < ($1::timestamp + interval '1 day') at time zone 'UTC'
        group by 1, 2
        order by 1, 2`,
      [day],
    );
    return rows.map(({ location, alert_type, alerts }) => {
      return { location, alertType: alert_type, alerts: Number(alerts) };
    });
  },
});
