-- The first statement of a batch's transaction. Locks the consumer's rows of the partitions until the transaction ends,
-- always in the same order, and only then reads: each statement sees what was committed before it began, also by the
-- previous holder of the lock.
--
-- next_offsets and since_offsets answer for the partitions and last_rows for the sources, in the given order; -1 is the
-- last row of an unknown source. fresh lists the positions, from 1, of the origins that may be processed: new ones
-- with attempt 0, and those with exactly the attempt that is expected.
create or replace function claim_records(
  the_consumer text, topics text[], partitions int[],
  source_topics text[], source_partitions int[], sources text[],
  origins text[], attempts int[],
  out next_offsets float8[], out last_rows float8[], out fresh int[], out since_offsets float8[]
) language plpgsql as $$
begin
  insert into applied_offsets (consumer, topic, partition, next_offset)
  select the_consumer, p.topic, p.partition, 0
    from unnest(topics, partitions) as p(topic, partition)
   order by p.topic, p.partition
      on conflict do nothing;

  with locked as (
    select a.topic, a.partition, a.next_offset, a.since_offset
      from applied_offsets a
     where a.consumer = the_consumer
       and (a.topic, a.partition) in (select * from unnest(topics, partitions))
     order by a.topic, a.partition
       for update
  )
  select array_agg(l.next_offset::float8 order by p.place), array_agg(l.since_offset::float8 order by p.place)
    into next_offsets, since_offsets
    from unnest(topics, partitions) with ordinality as p(topic, partition, place)
    join locked l using (topic, partition);

  select array_agg(coalesce(s.last_row, -1)::float8 order by f.place)
    into last_rows
    from unnest(source_topics, source_partitions, sources) with ordinality as f(topic, partition, source, place)
   cross join lateral (
     select max(p.last_row) as last_row
       from source_progress p
      where p.consumer = the_consumer and p.topic = f.topic and p.partition = f.partition
        and p.source = f.source) s;

  fresh := '{}';
  if cardinality(origins) > 0 then
    with given as (
      select * from unnest(origins, attempts) with ordinality as o(origin, attempt, place)
    ), first as (
      insert into applied_origins (consumer, origin)
      select the_consumer, g.origin from given g where g.attempt = 0 order by g.origin
          on conflict do nothing
      returning origin, 0 as attempt
    ), awaited as (
      update applied_origins a
         set next_attempt = null, last_seen = current_date
        from given g
       where a.consumer = the_consumer and a.origin = g.origin and g.attempt > 0 and a.next_attempt = g.attempt
      returning a.origin, g.attempt
    )
    select coalesce(array_agg(g.place::int), '{}')
      into fresh
      from given g
      join (select * from first union all select * from awaited) claimed using (origin, attempt);
  end if;
end
$$;
