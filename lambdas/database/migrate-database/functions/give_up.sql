-- Cancels attempts that nobody will make, so that each record either takes effect or becomes a dead letter. Waits for the
-- holder of the record's partition: a deferral that is not committed yet is either about to be, or never will be. Lists the
-- positions, from 1, of those that were still expected.
create or replace function give_up(
  consumers text[], topics text[], partitions int[], origins text[], attempts int[], out given_up int[]
) language plpgsql as $$
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

  with given as (
    select * from unnest(consumers, origins, attempts) with ordinality as g(consumer, origin, attempt, place)
  ), settled as (
    update applied_origins a
       set next_attempt = null, last_seen = current_date
      from given g
     where a.consumer = g.consumer and a.origin = g.origin and a.next_attempt = g.attempt
    returning a.consumer, a.origin, g.attempt
  )
  select coalesce(array_agg(first.place), '{}')
    into given_up
    from (select min(g.place)::int as place
            from given g join settled using (consumer, origin, attempt)
           group by consumer, origin, attempt) first;
end
$$;
