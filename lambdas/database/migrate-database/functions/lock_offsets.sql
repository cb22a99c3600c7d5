-- Locks ledger rows of several consumers until the transaction ends. All functions lock them here, in the
-- order of the key, to avoid deadlocks.
--
-- The rows of earlier generations of the topics are locked too. So a batch of one that is still running ends
-- first, and has stored its progress and the retries that it expects.
create or replace function lock_offsets(consumers text[], topics text[], partitions int[])
returns void language plpgsql as $$
begin
  if exists (select from unnest(topics) as t(topic) where strpos(t.topic, '@') > 0) then
    select array_agg(l.consumer), array_agg(g.topic), array_agg(l.partition)
      into consumers, topics, partitions
      from unnest(consumers, topics, partitions) as l(consumer, topic, partition)
     cross join unnest(generations_up_to(l.topic)) as g(topic);
  end if;

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
