-- Says that a run of the daily job begins to read the raw objects of these ingest dates. Waits for a function
-- that merges some of them. The run ends by deleting its row.
create or replace function start_lake_read(the_run text, dates date[]) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('raw/' || to_char(d, 'YYYY-MM-DD'), 0))
     from unnest(dates) as d;
  insert into lake_reads (run_id, ingest_dates) values (the_run, dates)
      on conflict (run_id) do update set ingest_dates = excluded.ingest_dates, started_at = excluded.started_at;
  delete from lake_reads where started_at < now() - interval '1 day';
end
$$;
