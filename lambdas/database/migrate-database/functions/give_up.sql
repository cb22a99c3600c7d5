-- Gives up retries that nobody will make, so that each record is either applied or becomes a dead letter.
-- Waits for the transaction that holds the record's partition: after it, a deferral is either committed
-- or never happened. Lists the positions, from 1, of the retries that were still expected.
create or replace function give_up(
  consumers text[], topics text[], partitions int[], origins text[], attempts int[], out given_up int[]
) language plpgsql as $$
begin
  perform lock_offsets(consumers, topics, partitions);

  with given as (
    select *
      from unnest(consumers, origins, attempts) with ordinality as g(consumer, origin, attempt, ordinal)
  ), cancelled as (
    update applied_origins a
       set next_attempt = null, last_seen = current_date
      from given g
     where a.consumer = g.consumer and a.origin = g.origin and a.next_attempt = g.attempt
    returning a.consumer, a.origin, g.attempt
  )
  select coalesce(array_agg(first.ordinal), '{}')
    into given_up
    from (select min(g.ordinal)::int as ordinal
            from given g join cancelled using (consumer, origin, attempt)
           group by consumer, origin, attempt) first;
end
$$;
