-- Advances committed offsets over a gap that ends at the next offset, for rows that lock_offsets has locked. Offsets
-- never move backwards.
create or replace function move_offsets(consumers text[], topics text[], partitions int[], next_offsets float8[])
returns void language sql as $$
  update applied_offsets a
     set next_offset = n.next_offset::bigint, since_offset = n.next_offset::bigint
    from unnest(consumers, topics, partitions, next_offsets) as n(consumer, topic, partition, next_offset)
   where a.consumer = n.consumer and a.topic = n.topic and a.partition = n.partition
     and a.next_offset < n.next_offset::bigint
$$;
