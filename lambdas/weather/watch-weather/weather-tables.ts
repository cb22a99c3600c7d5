import { counters } from '../../shared/metrics/metrics.ts';
import { column } from '../../shared/postgres/column.ts';
import { prepared, type Query } from '../../shared/postgres/database.ts';
import { encodeObservation } from '../../shared/wire/observation.ts';
import { measures } from './measures.ts';
import type { Outcome } from './outcome.ts';
import { saveSeries } from './series-table.ts';
import { type Bind, bindings, byText, numbersOf, rowsOf } from './statement.ts';
import type { Moments } from './weather-windows.ts';

export interface SaveSettings {
  readonly windowSeconds: number;
  readonly cooldownMinutes: number;
  /** Rows that have not changed for this long are deleted. */
  readonly keepDays: number;
}

/**
 * Writes the outcome of a batch in one statement, and returns how many alerts were raised.
 * The rows of each table are written in key order to avoid deadlocks between functions.
 */
export async function saveOutcome(
  query: Query,
  outcome: Outcome,
  { windowSeconds, cooldownMinutes, keepDays }: SaveSettings,
): Promise<number> {
  const { values, bind } = bindings();
  // Its text has few forms: which numbers are all 0. Its plan takes as long as its execution.
  const sql = prepared(
    `with merged_windows as (${mergeWindows(outcome, windowSeconds, bind)}),
          saved_series   as (${saveSeries(outcome, bind)}),
          kept_latest    as (${keepLatest(outcome, bind)}),
          counted        as (${count(outcome, bind)})
     select ${raiseAlerts(outcome, cooldownMinutes, bind)} as raised, prune_weather(${bind(keepDays)})`,
  );
  const [result] = await query<{ raised: number }>(sql, values);
  return result?.raised ?? 0;
}

function mergeWindows({ windows }: Outcome, windowSeconds: number, bind: Bind): string {
  const ordered = windows.toSorted((a, b) => byText(a.location, b.location) || a.startMs - b.startMs);
  const numbers = numbersOf(ordered, bind);
  const moments = ['mean', 'm2', 'min', 'max'] as const satisfies readonly (keyof Moments)[];
  const stems = measures.map(({ column: stem }) => stem);
  const momentColumns = stems.flatMap((stem) => [
    `${stem}_missing`,
    ...moments.map((moment) => `${stem}_${moment}`),
  ]);
  const momentNumbers = stems.flatMap((_, index) => [
    numbers((window) => window.count - (window.moments[index]?.count ?? 0)),
    ...moments.map((moment) =>
      numbers(({ moments: all }) => (all[index]?.count ? all[index][moment] : null)),
    ),
  ]);

  return `
    insert into weather_windows as w
           (location, window_start, window_seconds, count, late_count, anomaly_count, ${momentColumns})
    select location, to_timestamp(${numbers(({ startMs }) => startMs / 1000)}), ${bind(windowSeconds)}::int,
           ${numbers((window) => window.count)}, ${numbers((window) => window.lateCount)},
           ${numbers((window) => window.anomalyCount)}, ${momentNumbers}
      from ${rowsOf(ordered, bind)}
        on conflict (location, window_start, window_seconds) do update
       set count = w.count + excluded.count,
           late_count = w.late_count + excluded.late_count,
           anomaly_count = w.anomaly_count + excluded.anomaly_count,
           ${stems.map(
             (stem) => `
           ${stem}_missing = w.${stem}_missing + excluded.${stem}_missing,
           ${stem}_mean = merged_mean(w.count - w.${stem}_missing, w.${stem}_mean,
                                      excluded.count - excluded.${stem}_missing, excluded.${stem}_mean),
           ${stem}_m2 = merged_m2(w.count - w.${stem}_missing, w.${stem}_mean, w.${stem}_m2,
                                  excluded.count - excluded.${stem}_missing, excluded.${stem}_mean,
                                  excluded.${stem}_m2),
           ${stem}_min = least(w.${stem}_min, excluded.${stem}_min),
           ${stem}_max = greatest(w.${stem}_max, excluded.${stem}_max)`,
           )},
           last_changed = excluded.last_changed`;
}

function keepLatest({ latest }: Outcome, bind: Bind): string {
  const ordered = latest.toSorted((a, b) => byText(a.location, b.location));
  const numbers = numbersOf(ordered, bind);
  const stems = measures.map(({ column: stem }) => stem);

  return `
    insert into latest_observations as latest (location, observed_at, ${stems})
    select location, to_timestamp(${numbers(({ observedAtMs }) => observedAtMs / 1000)}),
           ${measures.map(({ field }) => numbers((observation) => observation[field]))}
      from ${rowsOf(ordered, bind)}
        on conflict (location) do update
       set (observed_at, ${stems}) = (excluded.observed_at, ${stems.map((name) => `excluded.${name}`)})
     where excluded.observed_at >= latest.observed_at`;
}

/** Each counter has a row per partition. Only the holder of the partition updates it: no function waits. */
function count({ counts }: Outcome, bind: Bind): string {
  const changes = [...counts].flatMap(([partition, { observations, late, future, anomalies }]) =>
    [
      { counter: counters.weatherObservations, by: observations },
      { counter: counters.weatherLateObservations, by: late },
      { counter: counters.weatherFutureObservations, by: future },
      { counter: counters.weatherAnomalies, by: anomalies },
    ].map(({ counter, by }) => ({
      name: counter.name,
      labels: JSON.stringify({ partition: `${partition}` }),
      by,
    })),
  );
  return `
    insert into metric_counters as c (name, labels, value)
    select * from unnest(${bind(column(changes, 'name'))}::text[],
                         ${bind(column(changes, 'labels'))}::jsonb[],
                         ${bind(column(changes, 'by'))}::bigint[])
        on conflict (name, labels) do update set value = c.value + excluded.value`;
}

/** A function in the database applies the cooldown to all candidates at once. */
function raiseAlerts({ candidates }: Outcome, cooldownMinutes: number, bind: Bind): string {
  const observations = candidates.map(({ observation }) => observation);
  const eventTimes = observations.map(({ observedAtMs }) => new Date(observedAtMs).toISOString());
  return `
            raise_alerts(${bind(column(observations, 'location'))}::text[],
                         ${bind(column(candidates, 'type'))}::text[],
                         ${bind(column(candidates, 'reason'))}::text[],
                         ${bind(eventTimes)}::timestamptz[],
                         ${bind(column(candidates, 'value'))}::float8[],
                         ${bind(column(candidates, 'threshold'))}::float8[],
                         ${bind(observations.map(encodeObservation))}::jsonb[],
                         make_interval(secs => ${bind(cooldownMinutes)} * 60))`;
}
