-- A digest of the versions that have rows of this day and do not count; '' without any. A result of the day
-- that was built with another digest must be built again.
create or replace function superseded_on(the_day date) returns text language sql stable as $$
  select coalesce(md5(string_agg(source, ',' order by source)), '')
    from ingested_files
   where not counts and days @> array[the_day]
$$;
