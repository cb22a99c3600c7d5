import type { Query } from '../../shared/postgres/database.ts';
import type { MeasureField } from '../../shared/wire/measures.ts';
import { bindings, byText, numbersOf, rowsOf } from '../watch-weather/statement.ts';
import type { LandedRow } from './parquet.ts';

const dayMs = 24 * 60 * 60 * 1000;

/**
 * The rows of the last days, and of those the newest for each location and instant, in the order of the key.
 * Rows of other days, as of an upload of last year, cost no more than a look.
 */
export function recentOf(rows: Iterable<LandedRow>, keepDays: number, nowMs: number): LandedRow[] {
  const today = Math.floor(nowMs / dayMs);
  const [fromMs, toMs] = [(today - keepDays + 1) * dayMs, (today + 2) * dayMs];
  const newest = new Map<string, LandedRow>();
  for (const row of rows) {
    const { location, observedAtMs } = row.observation;
    if (observedAtMs < fromMs || observedAtMs >= toMs) continue;
    const key = `${observedAtMs} ${location}`;
    const known = newest.get(key);
    if (!known || known.record.timestampMs <= row.record.timestampMs) newest.set(key, row);
  }
  return [...newest.values()].sort(
    ({ observation: a }, { observation: b }) =>
      byText(a.location, b.location) || a.observedAtMs - b.observedAtMs,
  );
}

/**
 * Stores rows in the transaction of their batch. For one location and instant, the record that came to Kafka
 * last wins. Rows are in the order of the key, to avoid deadlocks. A day without a partition is left out: the
 * lake has its rows, and landing must not fail for it.
 */
export async function keepRecent(query: Query, rows: readonly LandedRow[]): Promise<void> {
  if (rows.length === 0) return;
  const items = rows.map(({ observation, record }) => ({ ...observation, receivedAtMs: record.timestampMs }));
  const { values, bind } = bindings();
  const number = numbersOf(items, bind);
  const measure = (field: MeasureField) => number((item) => item[field]);
  await query(
    `insert into recent_observations as known
            (location, observed_at, temperature_c, humidity_pct, precipitation_mm, wind_speed_kmh, received_at)
     select location, observed_at, ${measure('temperatureC')}, ${measure('humidityPct')},
            ${measure('precipitationMm')}, ${measure('windSpeedKmh')},
            to_timestamp(${number(({ receivedAtMs }) => receivedAtMs / 1000)})
       from ${rowsOf(items, bind)},
            to_timestamp(${number(({ observedAtMs }) => observedAtMs / 1000)}) as observed_at
      where (observed_at at time zone 'UTC')::date = any ((select recent_days())::date[])
      order by i
         on conflict (location, observed_at) do update
        set (temperature_c, humidity_pct, precipitation_mm, wind_speed_kmh, received_at) =
            (excluded.temperature_c, excluded.humidity_pct, excluded.precipitation_mm, excluded.wind_speed_kmh,
             excluded.received_at)
      where known.received_at <= excluded.received_at`,
    values,
  );
}
