import type { Query } from '../../../../../lambdas/shared/postgres/database.ts';

export const insertAlerts = (query: Query, count: number) =>
  query(
    `insert into weather_alerts (location, alert_type, alert_reason, event_time, value, threshold, raw_json)
     select 'Seoul', 'TEMP_HIGH', 'hot', '2024-07-01', n, 35, '{}' from generate_series(1, $1) as n`,
    [count],
  );

/** Errors of this age; by default old enough to be sent. */
export const insertErrors = (query: Query, count: number, { age = '5 seconds', type = 'DATE_ERROR' } = {}) =>
  query(
    `insert into error_weather_data
            (error_type, error_message, location, file_name, line_number, stored_at, fields)
     select $3, 'line ' || n || ': Date_Time: found "x"', 'Seoul', 'incoming/observations/a.csv', n,
            clock_timestamp() - $2::interval, '{Date_Time}'
       from generate_series(1, $1) as n`,
    [count, age, type],
  );

/** Ends the leases of all claimed rows. */
export const endLeases = (query: Query, table: string) =>
  query(
    `update ${table} set leased_until = clock_timestamp() - interval '1 second' where leased_until is not null`,
  );
