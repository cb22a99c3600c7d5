-- The last statement of the transaction that claim_records began. It advances the committed offsets past the
-- batch, stores the progress of files and the expected retries, and deletes a few expired rows.
--
-- first_offsets and all_first_ms describe the first record of each partition, and all_newest_ms is the newest
-- timestamp of its batch.
--
-- identities are origins with the attempt that is expected next, and identities of applied rows with a null
-- attempt.
--
-- The last release names a file by its key and ETag, and fails here on a batch in which records name it in
-- both ways: it would take them for two files. The batch is retried until the function is updated.
create or replace function advance_ledger(
  the_consumer text, topics text[], partitions int[], next_offsets float8[],
  first_offsets float8[], all_first_ms float8[], all_newest_ms float8[],
  source_topics text[], source_partitions int[], sources text[], last_rows float8[],
  identities text[], attempts int[], keep_days int
) returns void language plpgsql as $$
begin
  update applied_offsets a
     set next_offset = greatest(a.next_offset, e.next_offset::bigint),
         first_offset = coalesce(a.first_offset, e.first_offset::bigint),
         first_ms = coalesce(a.first_ms, e.first_ms::bigint),
         newest_ms = greatest(a.newest_ms, e.newest_ms::bigint)
    from unnest(topics, partitions, next_offsets, first_offsets, all_first_ms, all_newest_ms)
         as e(topic, partition, next_offset, first_offset, first_ms, newest_ms)
   where a.consumer = the_consumer and a.topic = e.topic and a.partition = e.partition;

  insert into source_progress (consumer, topic, partition, source, last_gap_end, last_row)
  select the_consumer, f.topic, f.partition, source_id(f.source), a.last_gap_end, f.last_row::bigint
    from unnest(source_topics, source_partitions, sources, last_rows) as f(topic, partition, source, last_row)
    join applied_offsets a on a.consumer = the_consumer and a.topic = f.topic and a.partition = f.partition
      on conflict (consumer, topic, partition, source, last_gap_end)
      do update set last_row = excluded.last_row, last_seen = excluded.last_seen;

  insert into applied_origins (consumer, origin, next_attempt)
  select the_consumer, i.identity, i.attempt
    from unnest(identities, attempts) as i(identity, attempt)
      on conflict (consumer, origin)
      do update set next_attempt = excluded.next_attempt, last_seen = excluded.last_seen;

  delete from source_progress
   where ctid = any (array(
     select ctid from source_progress
      where last_seen < current_date - keep_days order by last_seen limit 100 for update skip locked));
  delete from applied_origins
   where ctid = any (array(
     select ctid from applied_origins
      where last_seen < current_date - keep_days order by last_seen limit 100 for update skip locked));
end
$$;
