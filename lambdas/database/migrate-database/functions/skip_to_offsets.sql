-- Advances committed offsets to the given ones, which end a gap. It never moves an offset backwards. Call
-- lock_offsets first.
create or replace function skip_to_offsets(
  consumers text[], topics text[], partitions int[], next_offsets float8[]
) returns void language sql as $$
  update applied_offsets a
     set next_offset = n.next_offset::bigint, last_gap_end = n.next_offset::bigint
    from unnest(consumers, topics, partitions, next_offsets) as n(consumer, topic, partition, next_offset)
   where a.consumer = n.consumer and a.topic = n.topic and a.partition = n.partition
     and a.next_offset < n.next_offset::bigint
$$;
