-- Stores that all rows of a version are on Kafka, once. From then on it counts in place of the version
-- before.
create or replace function end_ingest(
  the_source text, the_key text, the_etag text,
  read bigint, valid bigint, invalid bigint, skipped bigint, refused bigint, ignored text[], the_days date[],
  the_attempt int
) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('file/' || the_key, 0));
  insert into ingested_files as f
         (source, key, etag, rows_read, rows_valid, rows_invalid, rows_skipped, rows_refused, ignored_columns,
          days)
  values (the_source, the_key, the_etag, read, valid, invalid, skipped, refused, ignored, the_days)
      on conflict (source) do update
     set rows_read = read, rows_valid = valid, rows_invalid = invalid, rows_skipped = skipped,
         rows_refused = refused, ignored_columns = ignored, days = the_days, ingested_at = now()
   where f.ingested_at is null and f.attempt = the_attempt;
  perform settle_versions(the_key);
end
$$;
