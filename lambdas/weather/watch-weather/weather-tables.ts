import { counters } from '../../shared/metrics/metrics.ts';
import { column } from '../../shared/postgres/column.ts';
import type { Query } from '../../shared/postgres/database.ts';
import { encodeObservation } from '../../shared/wire/observation.ts';
import { float8Array } from './float8-array.ts';
import { measures } from './measures.ts';
import type { Outcome, Place, PlaceId } from './outcome.ts';
import type { Moments } from './weather-windows.ts';

/**
 * What was recorded of these places. Nothing locks the rows: they change only in the transaction that holds the ledger of
 * their partition, which is this one.
 */
export async function recallPlaces(query: Query, places: readonly PlaceId[]): Promise<Place[]> {
  const rows = await query<PlaceRow>(
    `select p.partition, p.location, p.readings::float8,
            (extract(epoch from p.newest_at) * 1000)::float8 as newest_ms,
            (extract(epoch from p.unconfirmed_at) * 1000)::float8 as unconfirmed_ms,
            ${measures.map((measure) => `p.${measure.column}_mean, p.${measure.column}_variance`).join(', ')}
       from unnest($1::int[], $2::text[]) as asked(partition, location)
       join watched_places p using (partition, location)`,
    [column(places, 'partition'), column(places, 'location')],
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

interface PlaceRow {
  readonly partition: number;
  readonly location: string;
  readonly newest_ms: number;
  readonly unconfirmed_ms: number | null;
  readonly readings: number;
  readonly [stateOfMeasure: `${string}_mean` | `${string}_variance`]: number;
}

export interface RecordSettings {
  readonly windowSeconds: number;
  readonly cooldownMinutes: number;
  /** Rows that have not changed for so long are forgotten. */
  readonly keepDays: number;
}

/**
 * Applies what a batch comes to in one statement, and returns how many alerts were raised. Each table's rows are written in
 * the order of their key, so that none of two functions waits for one that waits for it.
 */
export async function recordOutcome(
  query: Query,
  outcome: Outcome,
  { windowSeconds, cooldownMinutes, keepDays }: RecordSettings,
): Promise<number> {
  const { values, bind } = bindings();
  const [result] = await query<{ raised: number }>(
    `with merged_windows as (${mergeWindows(outcome, windowSeconds, bind)}),
          saved_places   as (${savePlaces(outcome, bind)}),
          kept_latest    as (${keepLatest(outcome, bind)}),
          counted        as (${count(outcome, bind)})
     select ${raiseAlerts(outcome, cooldownMinutes, bind)} as raised, prune_weather(${bind(keepDays)})`,
    values,
  );
  return result?.raised ?? 0;
}

/** Takes a parameter's value and returns its place in the statement. */
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

function savePlaces({ places }: Outcome, bind: Bind): string {
  const ordered = places.toSorted((a, b) => a.partition - b.partition || byText(a.location, b.location));
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
           to_timestamp(nullif(${unconfirmed}, 'NaN')), ${numbers(({ baseline }) => baseline.readings)}, ${stateNumbers}
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

/** One row for each item, with its location, numbered by `i`. */
const rowsOf = (items: readonly { readonly location: string }[], bind: Bind) =>
  `unnest(${bind(column(items, 'location'))}::text[]) with ordinality as new(location, i)`;

/** A number of each item, as an expression over `rowsOf`: to unnest twenty arrays at once takes Postgres three times as long. */
const numbersOf =
  <T>(items: readonly T[], bind: Bind) =>
  (read: (item: T) => number) =>
    `(${bind(float8Array(items.map(read)))}::float8[])[i::int]`;

/** Counters only the holder of the partition writes to, so that none waits for another. */
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
    select * from unnest(${bind(column(changes, 'name'))}::text[], ${bind(column(changes, 'labels'))}::jsonb[],
                         ${bind(column(changes, 'by'))}::bigint[])
        on conflict (name, labels) do update set value = c.value + excluded.value`;
}

/** The cooldown is decided by a function in the database, for all alerts at once. */
function raiseAlerts({ candidates }: Outcome, cooldownMinutes: number, bind: Bind): string {
  const eventTimes = candidates.map(({ observation }) => new Date(observation.observedAtMs).toISOString());
  return `
            raise_alerts(${bind(candidates.map(({ observation }) => observation.location))}::text[],
                        ${bind(column(candidates, 'type'))}::text[], ${bind(column(candidates, 'reason'))}::text[],
                        ${bind(eventTimes)}::timestamptz[], ${bind(column(candidates, 'value'))}::float8[],
                        ${bind(column(candidates, 'threshold'))}::float8[],
                        ${bind(candidates.map(({ observation }) => encodeObservation(observation)))}::jsonb[],
                        make_interval(secs => ${bind(cooldownMinutes)} * 60))`;
}

/** Any order will do, if it is everyone's. */
const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
