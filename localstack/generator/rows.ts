import { createReadStream } from 'node:fs';
import { type CsvRecord, tokenizeCsv } from '../../lambdas/shared/incoming/csv.ts';
import { type Observation, observationFields } from '../../lambdas/shared/wire/observation.ts';
import { climates } from './climates.ts';
import { observe } from './weather.ts';

/** The cells of a row, in the order of `observationFields`. */
export type Row = readonly string[];

/** Returns the rows from number `from` on, counted from 0. */
export type RowSource = (from: number) => AsyncIterable<Row> | Iterable<Row>;

export interface Schedule {
  readonly startMs: number;
  /** Event time between two rows. */
  readonly rowIntervalMs: number;
}

const formatDateTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

/** Row `index` of the synthetic weather. The cities take turns. */
export const synthesise = (
  index: number,
  { seed, startMs, rowIntervalMs }: Schedule & { seed: number },
): Observation => {
  const city = index % climates.length;
  const climate = climates[city] ?? climates[0];
  return observe(climate, { city, atMs: startMs + index * rowIntervalMs, seed });
};

const toRow = (observation: Observation): Row => [
  observation.location,
  formatDateTime(observation.observedAtMs),
  ...[
    observation.temperatureC,
    observation.humidityPct,
    observation.precipitationMm,
    observation.windSpeedKmh,
  ].map(String),
];

/** Synthetic weather without end. */
export const synthesisedRows = (options: Schedule & { seed: number }): RowSource =>
  function* (from) {
    for (let index = from; ; index++) yield toRow(synthesise(index, options));
  };

async function* recordsOf(file: string): AsyncGenerator<CsvRecord> {
  const tokenizer = tokenizeCsv();
  for await (const chunk of createReadStream(file)) yield* tokenizer.push(chunk as Buffer);
  yield* tokenizer.end();
}

const placesOf = (header: readonly string[], file: string): number[] => {
  const names = header.map((name) => name.trim().toLowerCase());
  const places = observationFields.map((field) => names.indexOf(field.toLowerCase()));
  const absent = observationFields.filter((_, i) => places[i] === -1);
  if (absent.length > 0) throw new Error(`${file}: the first line lacks the columns ${absent.join(', ')}`);
  return places;
};

/**
 * Streams the rows of a CSV file with a header. Columns may come in any order, and unknown ones are left out.
 * With a schedule, Date_Time is replaced by it.
 */
export const rowsOfFile = (file: string, schedule?: Schedule): RowSource =>
  async function* (from) {
    let places: number[] | undefined;
    let index = 0;
    for await (const { line, cells, malformed } of recordsOf(file)) {
      if (malformed) throw new Error(`${file}, line ${line}: ${malformed}`);
      if (!places) {
        places = placesOf(cells, file);
        continue;
      }
      const at = index++;
      if (at < from) continue;
      const row = places.map((place) => cells[place] ?? '');
      if (schedule) row[1] = formatDateTime(schedule.startMs + at * schedule.rowIntervalMs);
      yield row;
    }
    if (!places) throw new Error(`${file} is empty`);
  };
