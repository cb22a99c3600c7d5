-- Counts a file and its rows once all of them are on Kafka. The triggers stand beside their function, which
-- they need.
create or replace function count_files() returns trigger language plpgsql as $$
begin
  perform add_to_counters('weather_files_total', 'kind', array['file'], array[1::bigint]);
  perform add_to_counters(
    'weather_file_rows_total', 'outcome', array['valid', 'invalid', 'refused', 'skipped'],
    array[new.rows_valid, new.rows_invalid, new.rows_refused, new.rows_skipped]);
  return null;
end
$$;
create or replace trigger count_files after insert on ingested_files
  for each row when (new.ingested_at is not null) execute function count_files();
create or replace trigger count_files_at_end after update of ingested_at on ingested_files
  for each row when (old.ingested_at is null and new.ingested_at is not null) execute function count_files();
