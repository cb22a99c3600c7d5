export default `
  -- By day, so that an update of the row within a day changes no index.
  alter table source_progress add column last_seen date not null default current_date;
  create index source_progress_last_seen on source_progress (last_seen);

  -- The attempt that a deferred record is awaited for; null when nothing of it is awaited any more.
  alter table applied_origins add column next_attempt int;
  alter table applied_origins add column last_seen date not null default current_date;
  create index applied_origins_last_seen on applied_origins (last_seen);

  -- Locks the consumer's rows of the partitions until the transaction ends, always in the same order, and only then looks:
  -- each statement sees what was committed before it began, the holder of the lock before this one included.
  -- next_offsets answers for the partitions and last_rows for the sources, each in the order asked; fresh lists the places,
  -- from 1, of the origins that are claimed: new ones with attempt 0, awaited ones with the very attempt that is awaited.
  create function claim_records(
    the_consumer text, topics text[], partitions int[],
    source_topics text[], source_partitions int[], sources text[],
    origins text[], attempts int[],
    out next_offsets float8[], out last_rows float8[], out fresh int[]
  ) language plpgsql as $$
  begin
    insert into applied_offsets (consumer, topic, partition, next_offset)
    select the_consumer, p.topic, p.partition, 0
      from unnest(topics, partitions) as p(topic, partition)
     order by p.topic, p.partition
        on conflict do nothing;

    with locked as (
      select a.topic, a.partition, a.next_offset
        from applied_offsets a
       where a.consumer = the_consumer
         and (a.topic, a.partition) in (select * from unnest(topics, partitions))
       order by a.topic, a.partition
         for update
    )
    select array_agg(l.next_offset::float8 order by p.place)
      into next_offsets
      from unnest(topics, partitions) with ordinality as p(topic, partition, place)
      join locked l using (topic, partition);

    select array_agg(coalesce(s.last_row, -1)::float8 order by f.place)
      into last_rows
      from unnest(source_topics, source_partitions, sources) with ordinality as f(topic, partition, source, place)
      left join source_progress s
        on s.consumer = the_consumer and s.topic = f.topic and s.partition = f.partition and s.source = f.source;

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

  -- The last statement of the transaction of claim_records: moves the ledger past what was claimed, notes which attempt
  -- each deferred record is awaited for, and forgets a few rows that nothing can refer to any more.
  create function advance_ledger(
    the_consumer text, topics text[], partitions int[], next_offsets float8[],
    source_topics text[], source_partitions int[], sources text[], last_rows float8[],
    deferred_origins text[], deferred_attempts int[], keep_days int
  ) returns void language plpgsql as $$
  begin
    update applied_offsets a
       set next_offset = greatest(a.next_offset, e.next_offset::bigint)
      from unnest(topics, partitions, next_offsets) as e(topic, partition, next_offset)
     where a.consumer = the_consumer and a.topic = e.topic and a.partition = e.partition;

    insert into source_progress (consumer, topic, partition, source, last_row)
    select the_consumer, f.topic, f.partition, f.source, f.last_row::bigint
      from unnest(source_topics, source_partitions, sources, last_rows) as f(topic, partition, source, last_row)
        on conflict (consumer, topic, partition, source)
        do update set last_row = excluded.last_row, last_seen = excluded.last_seen;

    insert into applied_origins (consumer, origin, next_attempt)
    select the_consumer, d.origin, d.attempt
      from unnest(deferred_origins, deferred_attempts) as d(origin, attempt)
        on conflict (consumer, origin)
        do update set next_attempt = excluded.next_attempt, last_seen = excluded.last_seen;

    delete from source_progress
     where ctid = any (array(
       select ctid from source_progress
        where last_seen < current_date - keep_days order by last_seen limit 100 for update skip locked));
    delete from applied_origins
     where ctid = any (array(
       select ctid from applied_origins
        where last_seen < current_date - keep_days order by last_seen limit 100 for update skip locked));
  end
  $$;

  -- Settles attempts that nobody will make, so that each record either takes effect or is given up. Waits for whoever has
  -- the record's partition: a deferral that is not committed is either about to be, or void. Lists the places, from 1, of
  -- those that were awaited.
  create function give_up(
    consumers text[], topics text[], partitions int[], origins text[], attempts int[], out given_up int[]
  ) language plpgsql as $$
  begin
    -- A row that is being made by the partition's very first batch cannot be seen, but it can be waited for.
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

  alter table error_weather_data
    -- The consumer that gave the record up, and to which alone it is redriven. Null: no consumer has seen it as valid.
    add column failed_in       text,
    add column first_failed_at timestamptz,
    -- What the last attempt failed of.
    add column cause           text,
    -- The observation to send instead of the raw row, in the wire format of weather-data.
    add column corrected       text,
    add column settled_at      timestamptz;

  create index error_weather_data_new on error_weather_data (id) where processing_status in ('NEW', 'REDRIVING');
`;
