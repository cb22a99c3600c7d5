-- Advances a consumer's committed offsets over gaps (discarded batches, or expired records), and records them.
create or replace function leap(
  the_consumer text, topics text[], partitions int[], next_offsets float8[], keep_days int
) returns void language plpgsql as $$
declare
  consumers text[] := array_fill(the_consumer, array[cardinality(topics)]);
begin
  perform lock_offsets(consumers, topics, partitions);
  perform skip_offsets(consumers, topics, partitions, next_offsets);
  perform move_offsets(consumers, topics, partitions, next_offsets);

  delete from skipped_offsets
   where ctid = any (array(
     select ctid from skipped_offsets
      where skipped_at < current_date - keep_days order by skipped_at limit 100 for update skip locked));
end
$$;
