-- Registers a version of a file before any of its records is sent, read from S3 at the_read_at. Returns
-- the number of the attempt, from 1; 0 if all of its rows are on Kafka already. A version that is dropped
-- once more is the newest again.
create or replace function start_ingest(
  the_source text, the_key text, the_etag text, the_read_at timestamptz
) returns int language plpgsql as $$
declare
  -- How older releases call the version.
  older_source constant text := the_key || '@' || the_etag;
begin
  perform pg_advisory_xact_lock(hashtextextended('file/' || the_key, 0));
  insert into ingested_files (source, key, etag, read_at, ingested_at)
  select the_source, the_key, the_etag, the_read_at, null
   where not exists (select from ingested_files where source = older_source)
      on conflict (source) do nothing;
  update ingested_files set read_at = greatest(read_at, the_read_at)
   where source in (the_source, older_source);
  perform settle_versions(the_key);
  return (select case when bool_or(ingested_at is not null) then 0 else max(attempt) end
            from ingested_files where source in (the_source, older_source));
end
$$;
