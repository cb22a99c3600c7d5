-- Records a gap from each committed offset to the given one, where there is any. Call lock_offsets first, and
-- skip_to_offsets afterwards.
create or replace function record_gaps(
  consumers text[], topics text[], partitions int[], next_offsets float8[]
) returns void language sql as $$
  insert into skipped_offsets (consumer, topic, partition, from_offset, to_offset)
  select a.consumer, a.topic, a.partition, a.next_offset, n.next_offset::bigint
    from unnest(consumers, topics, partitions, next_offsets) as n(consumer, topic, partition, next_offset)
    join applied_offsets a using (consumer, topic, partition)
   where a.next_offset < n.next_offset
      on conflict (consumer, topic, partition, from_offset) do update
     set to_offset = greatest(skipped_offsets.to_offset, excluded.to_offset), skipped_at = excluded.skipped_at
$$;
