import { faultyFields } from '../../shared/failures/fields.ts';
import { column } from '../../shared/postgres/column.ts';
import type { Query } from '../../shared/postgres/database.ts';
import type { StoredError } from './stored-error.ts';

export async function insertErrors(query: Query, errors: readonly StoredError[]): Promise<void> {
  await query(
    `insert into error_weather_data
            (error_type, error_message, raw_row, location, file_name, line_number, topic, partition, "offset",
             retry_count, created_at, failed_in, first_failed_at, cause, columns, fields)
     select error_type, error_message, raw_row, location, file_name, line_number, topic, partition, "offset",
            retry_count, created_at, failed_in, first_failed_at, cause, columns, fields::text[]
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::int[],
                   $9::bigint[], $10::int[], $11::timestamptz[], $12::text[], $13::timestamptz[], $14::text[],
                   $15::text[], $16::text[])
            as error(error_type, error_message, raw_row, location, file_name, line_number, topic, partition, "offset",
                     retry_count, created_at, failed_in, first_failed_at, cause, columns, fields)`,
    [
      errors.map(({ errorType }) => storable(errorType)),
      errors.map(({ errorReason }) => storable(errorReason)),
      errors.map(({ rawRow }) => storable(rawRow)),
      errors.map(({ location }) => storable(location)),
      errors.map(({ fileName }) => storable(fileName)),
      column(errors, 'lineNumber'),
      errors.map(({ position }) => position?.topic),
      errors.map(({ position }) => position?.partition),
      errors.map(({ position }) => position?.offset),
      column(errors, 'retryCount'),
      errors.map(({ timestampMs }) => new Date(timestampMs).toISOString()),
      column(errors, 'failedIn'),
      errors.map(({ firstFailedAtMs }) =>
        firstFailedAtMs === null ? null : new Date(firstFailedAtMs).toISOString(),
      ),
      errors.map(({ cause }) => storable(cause)),
      column(errors, 'columns'),
      // An array of arrays would have to be a rectangle. Names of fields need no quotes.
      errors.map(({ errorReason }) => `{${faultyFields(errorReason).join(',')}}`),
    ],
  );
}

/** Postgres cannot store a NUL character in a text. */
const storable = (text: string | null) => text?.replaceAll('\0', '\ufffd') ?? null;
