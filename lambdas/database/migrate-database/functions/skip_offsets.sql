-- Records the gap between the committed offset and the next offset, for rows that lock_offsets has locked.
create or replace function skip_offsets(consumers text[], topics text[], partitions int[], next_offsets float8[])
returns void language sql as $$
  insert into skipped_offsets (consumer, topic, partition, from_offset, to_offset)
  select a.consumer, a.topic, a.partition, a.next_offset, n.next_offset::bigint
    from unnest(consumers, topics, partitions, next_offsets) as n(consumer, topic, partition, next_offset)
    join applied_offsets a using (consumer, topic, partition)
   where a.next_offset < n.next_offset
      on conflict (consumer, topic, partition, from_offset) do update
     set to_offset = greatest(skipped_offsets.to_offset, excluded.to_offset), skipped_at = excluded.skipped_at
$$;
