import type { Query } from '../shared/database.ts';
import { column } from '../shared/exactly-once.ts';
import { encodeObservation, type Observation } from '../shared/observation.ts';
import type { Alert } from './alerts.ts';

/** The cooldown is decided by the function `raise_alerts` in the database, for the whole batch in one statement. */
export async function raiseAlerts(
  query: Query,
  alerts: readonly Alert[],
  cooldownMinutes: number,
): Promise<number> {
  const [result] = await query<{ raised: number }>(
    `select raise_alerts($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::double precision[],
                         $6::double precision[], $7::jsonb[], make_interval(secs => $8 * 60)) as raised`,
    [
      alerts.map(({ observation }) => observation.location),
      column(alerts, 'type'),
      column(alerts, 'reason'),
      alerts.map(({ observation }) => timestamp(observation.observedAtMs)),
      column(alerts, 'value'),
      column(alerts, 'threshold'),
      alerts.map(({ observation }) => encodeObservation(observation)),
      cooldownMinutes,
    ],
  );
  return result?.raised ?? 0;
}

/** One observation per location, at most. Rows are locked in the order of their key. */
export async function keepLatest(query: Query, observations: readonly Observation[]): Promise<void> {
  await query(
    `insert into latest_observations as latest
            (location, observed_at, temperature_c, humidity_pct, precipitation_mm, wind_speed_kmh)
     select *
       from unnest($1::text[], $2::timestamptz[], $3::double precision[], $4::double precision[],
                   $5::double precision[], $6::double precision[])
            as new(location, observed_at, temperature_c, humidity_pct, precipitation_mm, wind_speed_kmh)
      order by location
         on conflict (location) do update
        set (observed_at, temperature_c, humidity_pct, precipitation_mm, wind_speed_kmh)
          = (excluded.observed_at, excluded.temperature_c, excluded.humidity_pct, excluded.precipitation_mm,
             excluded.wind_speed_kmh)
      where excluded.observed_at >= latest.observed_at`,
    [
      column(observations, 'location'),
      observations.map(({ observedAtMs }) => timestamp(observedAtMs)),
      column(observations, 'temperatureC'),
      column(observations, 'humidityPct'),
      column(observations, 'precipitationMm'),
      column(observations, 'windSpeedKmh'),
    ],
  );
}

const timestamp = (ms: number) => new Date(ms).toISOString();
