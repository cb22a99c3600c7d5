import { measures } from '../../../lambdas/shared/wire/measures.ts';
import type { AlertEvent, Place, Places, Weather, Window } from '../contract.ts';
import type { Sources } from '../sources.ts';

const fields = Object.values(measures);
const maxPlaces = 2_000;
const maxWindows = 500;
const maxAlerts = 50;

const selectPlaces = `
  select l.location, l.observed_at as "observedAt", ${fields.map(({ column }) => `l.${column}`).join(', ')},
         coalesce(a.alerts, 0)::float8 as alerts
    from latest_observations l
    left join (select location, count(*) as alerts from weather_alerts group by location) a using (location)
   order by coalesce(a.alerts, 0) desc, l.location
   limit ${maxPlaces}`;

/** The newest windows of a location, oldest first. */
const selectWindows = `
  select * from (
    select window_start as "startAt", window_seconds::float8 as seconds, count::float8 as count,
           late_count::float8 as late, anomaly_count::float8 as anomalies,
           ${fields.flatMap(({ column }) => [`${column}_mean`, `${column}_min`, `${column}_max`]).join(', ')}
      from weather_windows where location = $1 order by window_start desc limit ${maxWindows}) newest
   order by "startAt"`;

const selectAlerts = `
  select alert_id::float8 as id, location, alert_type as type, alert_reason as reason, event_time as "eventTime", value,
         threshold, created_at as "createdAt", slack_sent_at as "sentAt"
    from weather_alerts
   where $1 = '' or location = $1
   order by alert_id desc
   limit ${maxAlerts}`;

type Row = Record<string, unknown>;
const numberOrNull = (value: unknown) => (typeof value === 'number' ? value : null);
const msOf = (value: unknown) => (value as Date).getTime();

/** The places that were observed, those with the most alerts first. */
export async function readPlaces({ query }: Sources): Promise<Places> {
  const rows = await query<Row>(selectPlaces);
  return {
    measures: fields.map(({ label, unit }) => ({ label, unit })),
    places: rows.map(
      (row): Place => ({
        location: String(row.location),
        observedAtMs: msOf(row.observedAt),
        values: fields.map(({ column }) => numberOrNull(row[column])),
        alerts: Number(row.alerts),
      }),
    ),
  };
}

/** The windows and alerts of a location; without one, the newest alerts of all. */
export async function readWeather({ query }: Sources, parameters: URLSearchParams): Promise<Weather> {
  const location = parameters.get('location') ?? '';
  const [windows, alerts] = await Promise.all([
    location === '' ? [] : query<Row>(selectWindows, [location]),
    query<Row>(selectAlerts, [location]),
  ]);
  return {
    windows: windows.map(
      (row): Window => ({
        startMs: msOf(row.startAt),
        seconds: Number(row.seconds),
        count: Number(row.count),
        late: Number(row.late),
        anomalies: Number(row.anomalies),
        measures: fields.map(({ column }) => ({
          mean: numberOrNull(row[`${column}_mean`]),
          min: numberOrNull(row[`${column}_min`]),
          max: numberOrNull(row[`${column}_max`]),
        })),
      }),
    ),
    alerts: alerts.map(
      (row): AlertEvent => ({
        id: Number(row.id),
        location: String(row.location),
        type: String(row.type),
        reason: String(row.reason),
        eventMs: msOf(row.eventTime),
        value: Number(row.value),
        threshold: Number(row.threshold),
        createdAtMs: msOf(row.createdAt),
        sentAtMs: row.sentAt === null ? null : msOf(row.sentAt),
      }),
    ),
  };
}
