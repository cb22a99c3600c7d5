import { counters } from '../../shared/metrics/metrics.ts';
import { column } from '../../shared/postgres/column.ts';
import type { Query } from '../../shared/postgres/database.ts';
import { encodeObservation } from '../../shared/wire/observation.ts';
import { float8Array } from './float8-array.ts';
import { measures } from './measures.ts';
import type { Outcome, Series, SeriesKey } from './outcome.ts';
import type { Moments } from './weather-windows.ts';

/**
 * Reads the stored state of these series; a new series has none. The rows need no lock of their own: only the
 * transaction that holds the ledger of their partition changes them, and that is this transaction.
 */
export async function loadSeries(query: Query, keys: readonly SeriesKey[]): Promise<Series[]> {
  const rows = await query<SeriesRow>(
    `select p.partition, p.location, p.readings::float8,
            (extract(epoch from p.newest_at) * 1000)::float8 as newest_ms,
            (extract(epoch from p.unconfirmed_at) * 1000)::float8 as unconfirmed_ms,
            ${measures.map((measure) => `p.${measure.column}_mean, p.${measure.column}_variance`).join(', ')}
       from unnest($1::int[], $2::text[]) as asked(partition, location)
       join watched_places p using (partition, location)`,
    [column(keys, 'partition'), column(keys, 'location')],
  );
  return rows.map((row) => ({
    partition: row.partition,
    location: row.location,
    progress: { newestMs: row.newest_ms, unconfirmedMs: row.unconfirmed_ms },
    baseline: {
      readings: row.readings,
      means: measures.map((measure) => row[`${measure.column}_mean`] ?? 0),
      variances: measures.map((measure) => row[`${measure.column}_variance`] ?? 0),
    },
  }));
}

interface SeriesRow {
  readonly partition: number;
  readonly location: string;
  readonly newest_ms: number;
  readonly unconfirmed_ms: number | null;
  readonly readings: number;
  readonly [stateOfMeasure: `${string}_mean` | `${string}_variance`]: number;
}

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
  const [result] = await query<{ raised: number }>(
    `with merged_windows as (${mergeWindows(outcome, windowSeconds, bind)}),
          saved_series   as (${saveSeries(outcome, bind)}),
          kept_latest    as (${keepLatest(outcome, bind)}),
          counted        as (${count(outcome, bind)})
     select ${raiseAlerts(outcome, cooldownMinutes, bind)} as raised, prune_weather(${bind(keepDays)})`,
    values,
  );
  return result?.raised ?? 0;
}

/** Adds a parameter and returns its placeholder (`$1`, `$2`, …). */
type Bind = (value: unknown) => string;

function bindings(): { values: unknown[]; bind: Bind } {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}

function mergeWindows({ windows }: Outcome, windowSeconds: number, bind: Bind): string {
  const ordered = windows.toSorted((a, b) => byText(a.location, b.location) || a.startMs - b.startMs);
  const numbers = numbersOf(ordered, bind);
  const moments = ['mean', 'm2', 'min', 'max'] as const satisfies readonly (keyof Moments)[];
  const stems = measures.map(({ column: stem }) => stem);
  const momentColumns = stems.flatMap((stem) => moments.map((moment) => `${stem}_${moment}`));
  const momentNumbers = stems.flatMap((_, index) =>
    moments.map((moment) => numbers((window) => window.moments[index]?.[moment] ?? 0)),
  );

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
           ${stem}_mean = merged_mean(w.count, w.${stem}_mean, excluded.count, excluded.${stem}_mean),
           ${stem}_m2 = merged_m2(w.count, w.${stem}_mean, w.${stem}_m2,
                                  excluded.count, excluded.${stem}_mean, excluded.${stem}_m2),
           ${stem}_min = least(w.${stem}_min, excluded.${stem}_min),
           ${stem}_max = greatest(w.${stem}_max, excluded.${stem}_max)`,
           )},
           last_changed = excluded.last_changed`;
}

function saveSeries({ series }: Outcome, bind: Bind): string {
  const ordered = series.toSorted((a, b) => a.partition - b.partition || byText(a.location, b.location));
  const numbers = numbersOf(ordered, bind);
  const stateColumns = measures.flatMap(({ column: stem }) => [`${stem}_mean`, `${stem}_variance`]);
  const stateNumbers = measures.flatMap((_, index) => [
    numbers(({ baseline }) => baseline.means[index] ?? 0),
    numbers(({ baseline }) => baseline.variances[index] ?? 0),
  ]);
  const unconfirmed = numbers(({ progress: { unconfirmedMs } }) => (unconfirmedMs ?? Number.NaN) / 1000);

  return `
    insert into watched_places as p
           (partition, location, newest_at, unconfirmed_at, readings, ${stateColumns})
    select ${numbers(({ partition }) => partition)}, location,
           to_timestamp(${numbers(({ progress }) => progress.newestMs / 1000)}),
           to_timestamp(nullif(${unconfirmed}, 'NaN')), ${numbers(({ baseline }) => baseline.readings)},
           ${stateNumbers}
      from ${rowsOf(ordered, bind)}
        on conflict (partition, location) do update
       set (newest_at, unconfirmed_at, readings, last_changed, ${stateColumns})
         = (excluded.newest_at, excluded.unconfirmed_at, excluded.readings, excluded.last_changed,
            ${stateColumns.map((name) => `excluded.${name}`)})`;
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

/** SQL for one row per item: its location, and its number `i`. */
const rowsOf = (items: readonly { readonly location: string }[], bind: Bind) =>
  `unnest(${bind(column(items, 'location'))}::text[]) with ordinality as new(location, i)`;

/** SQL for a number of the row's item. Subscripts take a third of the time of unnesting twenty arrays. */
const numbersOf =
  <T>(items: readonly T[], bind: Bind) =>
  (read: (item: T) => number) =>
    `(${bind(float8Array(items.map(read)))}::float8[])[i::int]`;

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

/** Any order prevents deadlocks, if all functions use the same. */
const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
