-- Advances a consumer's committed offset on each partition over the gap before the next offset: a discarded
-- batch, or expired records. Deletes a few expired gaps.
create or replace function skip_gap(
  the_consumer text, topics text[], partitions int[], next_offsets float8[], keep_days int
) returns void language plpgsql as $$
declare
  consumers text[] := array_fill(the_consumer, array[cardinality(topics)]);
begin
  perform lock_offsets(consumers, topics, partitions);
  perform record_gaps(consumers, topics, partitions, next_offsets);
  perform skip_to_offsets(consumers, topics, partitions, next_offsets);

  delete from skipped_offsets
   where ctid = any (array(
     select ctid from skipped_offsets
      where skipped_at < current_date - keep_days order by skipped_at limit 100 for update skip locked));
end
$$;
