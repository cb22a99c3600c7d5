-- Counts stored errors by type. A type of another producer counts as OTHER: labels are a closed set. The
-- trigger stands beside its function, which it needs.
create or replace function count_errors() returns trigger language plpgsql as $$
declare
  known constant text[] := array[
    'MISSING_FIELD', 'TYPE_ERROR', 'DATE_ERROR', 'RANGE_ERROR', 'MALFORMED_ROW', 'UNREADABLE_FILE',
    'FORMAT_MISMATCH', 'MALFORMED_MESSAGE', 'RETRY_EXHAUSTED', 'BATCH_FAILED', 'UNKNOWN_TRANSACTION',
    'CONTRADICTORY_LABEL'];
begin
  perform add_to_counters('errors_stored_total', 'type', array_agg(t.type), array_agg(t.count))
     from (select case when error_type = any (known) then error_type else 'OTHER' end as type, count(*) as count
             from added group by 1) t;
  return null;
end
$$;
create or replace trigger count_errors after insert on error_weather_data
  referencing new table as added for each statement execute function count_errors();
