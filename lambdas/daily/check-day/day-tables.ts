import { topics } from '../../shared/kafka/topics.ts';
import { column } from '../../shared/postgres/column.ts';
import type { Database } from '../../shared/postgres/database.ts';
import type { AlertCount, LandedDate } from './check-day.ts';
import type { TopicEnd } from './check-request.ts';

export const dayTables = ({ query }: Pick<Database, 'query'>) => ({
  async countBehind(consumer: string, ends: readonly TopicEnd[]): Promise<number> {
    const [found] = await query<{ behind: string }>(
      `select coalesce(sum(greatest(0, e.end_offset - coalesce(a.next_offset, 0))), 0) as behind
         from unnest($3::int[], $4::bigint[]) as e(partition, end_offset)
         left join applied_offsets a on a.consumer = $1 and a.topic = $2 and a.partition = e.partition`,
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
