-- Counts ingested files and their rows. The trigger stands beside its function, which it needs.
create or replace function count_files() returns trigger language plpgsql as $$
begin
  perform add_to_counters('weather_files_total', 'kind', array['file'], array[(select count(*) from added)]);
  perform add_to_counters(
    'weather_file_rows_total', 'outcome', array['valid', 'invalid', 'refused', 'skipped'],
    (select array[sum(rows_valid), sum(rows_invalid), sum(rows_refused), sum(rows_skipped)]::bigint[] from added));
  return null;
end
$$;
create or replace trigger count_files after insert on ingested_files
  referencing new table as added for each statement execute function count_files();
