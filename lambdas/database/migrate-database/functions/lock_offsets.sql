-- Locks ledger rows of several consumers until the transaction ends. All functions lock them here, in the
-- order of the key, to avoid deadlocks.
create or replace function lock_offsets(consumers text[], topics text[], partitions int[])
returns void language plpgsql as $$
begin
  -- A row that the partition's very first batch is inserting cannot be seen, but this insert waits for it.
  insert into applied_offsets (consumer, topic, partition, next_offset)
  select distinct g.consumer, g.topic, g.partition, 0
    from unnest(consumers, topics, partitions) as g(consumer, topic, partition)
   order by 1, 2, 3
      on conflict do nothing;

  perform from applied_offsets a
    where (a.consumer, a.topic, a.partition) in (select * from unnest(consumers, topics, partitions))
    order by a.consumer, a.topic, a.partition
      for update;
end
$$;
