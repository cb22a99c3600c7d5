-- Decides which version of a file counts: of the ingested ones with a valid row the one that was read last;
-- without any, one that is being ingested. So a version that was refused, or has no valid row, replaces
-- nothing, and a version counts from the moment when all of its rows are on Kafka. Call it under the lock of
-- the key, which start_ingest and end_ingest take.
create or replace function settle_versions(the_key text) returns void language sql as $$
  update ingested_files f
     set counts        = v.place = 1,
         replaces      = case when v.place = 1 and v.previous_is_whole then v.previous else f.replaces end,
         superseded_at = case when v.place > 1 and v.is_whole then coalesce(f.superseded_at, now()) end
    from (select source, is_whole, row_number() over newest as place,
                 lead(source) over newest as previous, lead(is_whole) over newest as previous_is_whole
            from (select source, read_at, ingested_at,
                         ingested_at is not null and rows_valid > 0 as is_whole
                    from ingested_files where key = the_key) as of_key
          window newest as (order by is_whole desc, ingested_at is null desc, read_at desc, source)) as v
   where f.source = v.source
     and (f.counts <> (v.place = 1) or v.place = 1 and v.previous_is_whole or v.place > 1 and v.is_whole)
$$;
