import type { Database } from '../../shared/postgres/database.ts';
import type { UnsentError } from './error-messages.ts';
import type { OutboxTable } from './notify-slack.ts';
import { outboxTable } from './outbox-table.ts';

interface Columns {
  readonly error_type: string;
  readonly error_message: string;
  readonly location: string | null;
  readonly file_name: string | null;
  readonly line_number: string | null;
}

export const errorsTable = (database: Pick<Database, 'query'>): OutboxTable<UnsentError> =>
  outboxTable<UnsentError, Columns>(database, {
    table: 'error_weather_data',
    id: 'id',
    // The column `retry_count` counts the retries of the record.
    attempts: 'slack_retry_count',
    columns: ['error_type', 'error_message', 'location', 'file_name', 'line_number'],
    // Errors come in bursts. They share a message once none has come for 2 seconds, or the first has waited a
    // minute.
    due: `max(stored_at) < clock_timestamp() - interval '2 seconds'
          or min(stored_at) < clock_timestamp() - interval '1 minute'`,
    rowOf: ({ error_type, error_message, location, file_name, line_number }) => ({
      type: error_type,
      reason: error_message,
      location,
      fileName: file_name,
      lineNumber: line_number,
    }),
  });
