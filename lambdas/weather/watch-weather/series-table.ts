import { column } from '../../shared/postgres/column.ts';
import type { Query } from '../../shared/postgres/database.ts';
import { measures } from './measures.ts';
import type { Outcome, Series, SeriesKey } from './outcome.ts';
import { type Bind, byText, numbersOf, rowsOf } from './statement.ts';

const stems = measures.map(({ column: stem }) => stem);

/**
 * Reads the stored state of these series; a new series has none. The rows need no lock of their own: only the
 * transaction that holds the ledger of their partition changes them, and that is this transaction.
 */
export async function loadSeries(query: Query, keys: readonly SeriesKey[]): Promise<Series[]> {
  const rows = await query<SeriesRow>(
    `select p.partition, p.location, p.readings::float8,
            (extract(epoch from p.newest_at) * 1000)::float8 as newest_ms,
            (extract(epoch from p.unconfirmed_at) * 1000)::float8 as unconfirmed_ms,
            ${stems.map((stem) => `p.${stem}_missing::float8, p.${stem}_mean, p.${stem}_variance`).join(', ')}
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
      missing: stems.map((stem) => row[`${stem}_missing`] ?? 0),
      means: stems.map((stem) => row[`${stem}_mean`] ?? 0),
      variances: stems.map((stem) => row[`${stem}_variance`] ?? 0),
    },
  }));
}

interface SeriesRow {
  readonly partition: number;
  readonly location: string;
  readonly newest_ms: number;
  readonly unconfirmed_ms: number | null;
  readonly readings: number;
  readonly [stateOfMeasure: `${string}_${'missing' | 'mean' | 'variance'}`]: number;
}

/** SQL that stores the state of the series. */
export function saveSeries({ series }: Outcome, bind: Bind): string {
  const ordered = series.toSorted((a, b) => a.partition - b.partition || byText(a.location, b.location));
  const numbers = numbersOf(ordered, bind);
  const stateColumns = stems.flatMap((stem) => [`${stem}_missing`, `${stem}_mean`, `${stem}_variance`]);
  const stateNumbers = stems.flatMap((_, index) => [
    numbers(({ baseline }) => baseline.missing[index] ?? 0),
    numbers(({ baseline }) => baseline.means[index] ?? 0),
    numbers(({ baseline }) => baseline.variances[index] ?? 0),
  ]);
  const unconfirmed = numbers(({ progress: { unconfirmedMs } }) =>
    unconfirmedMs === null ? null : unconfirmedMs / 1000,
  );

  return `
    insert into watched_places as p
           (partition, location, newest_at, unconfirmed_at, readings, ${stateColumns})
    select ${numbers(({ partition }) => partition)}, location,
           to_timestamp(${numbers(({ progress }) => progress.newestMs / 1000)}),
           to_timestamp(${unconfirmed}), ${numbers(({ baseline }) => baseline.readings)},
           ${stateNumbers}
      from ${rowsOf(ordered, bind)}
        on conflict (partition, location) do update
       set (newest_at, unconfirmed_at, readings, last_changed, ${stateColumns})
         = (excluded.newest_at, excluded.unconfirmed_at, excluded.readings, excluded.last_changed,
            ${stateColumns.map((name) => `excluded.${name}`)})`;
}
