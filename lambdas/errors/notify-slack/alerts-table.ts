import type { Database } from '../../shared/postgres/database.ts';
import type { UnsentAlert } from './alert-messages.ts';
import type { OutboxTable } from './notify-slack.ts';
import { outboxTable } from './outbox-table.ts';

interface Columns {
  readonly location: string;
  readonly alert_type: string;
  readonly alert_reason: string;
  readonly event_time: Date;
}

export const alertsTable = (database: Pick<Database, 'query'>): OutboxTable<UnsentAlert> =>
  outboxTable<UnsentAlert, Columns>(database, {
    table: 'weather_alerts',
    id: 'alert_id',
    attempts: 'retry_count',
    columns: ['location', 'alert_type', 'alert_reason', 'event_time'],
    rowOf: ({ location, alert_type, alert_reason, event_time }) => ({
      location,
      type: alert_type,
      reason: alert_reason,
      eventTimeMs: event_time.getTime(),
    }),
  });
