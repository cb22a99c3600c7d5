import type { Database } from '../shared/database.ts';
import type { UnsentAlert } from './notify-slack.ts';

export const alertsTable = ({ query }: Pick<Database, 'query'>) => ({
  /**
   * Rows that another sender is claiming at this moment are skipped, not waited for. Those that failed before come last, so
   * that one which Slack refuses cannot hold up the others.
   */
  async claim(limit: number, leaseMs: number): Promise<UnsentAlert[]> {
    const rows = await query<{
      alert_id: string;
      location: string;
      alert_type: string;
      alert_reason: string;
      event_time: Date;
    }>(
      `with claimed as (
         update weather_alerts
            set leased_until = clock_timestamp() + make_interval(secs => $2 / 1000.0)
          where alert_id in (
                  select alert_id
                    from weather_alerts
                   where not slack_sent and (leased_until is null or leased_until < clock_timestamp())
                   order by retry_count, alert_id
                   limit $1
                     for update skip locked)
         returning alert_id, location, alert_type, alert_reason, event_time)
       select * from claimed order by alert_id`,
      [limit, leaseMs],
    );
    return rows.map(({ alert_id, location, alert_type, alert_reason, event_time }) => ({
      alertId: alert_id,
      location,
      type: alert_type,
      reason: alert_reason,
      eventTimeMs: event_time.getTime(),
    }));
  },

  async markSent(alerts: readonly UnsentAlert[]): Promise<void> {
    await query(
      `update weather_alerts set slack_sent = true, slack_sent_at = now(), leased_until = null
        where alert_id = any($1::bigint[])`,
      [alerts.map(({ alertId }) => alertId)],
    );
  },

  async release(alerts: readonly UnsentAlert[]): Promise<void> {
    await query(
      `update weather_alerts set retry_count = retry_count + 1, leased_until = null
        where alert_id = any($1::bigint[]) and not slack_sent`,
      [alerts.map(({ alertId }) => alertId)],
    );
  },
});
