export default `
  -- Where the stretch of a partition begins that the ledger is on: the last leap ended there, or this migration.
  alter table applied_offsets add column since_offset bigint not null default 0;
  update applied_offsets set since_offset = next_offset;

  -- By stretch. Below the first row that a stretch saw, all were seen or given up before it.
  alter table source_progress
    add column since_offset bigint not null default 0,
    drop constraint source_progress_pkey,
    add primary key (consumer, topic, partition, source, since_offset);
  update source_progress s
     set since_offset = a.since_offset
    from applied_offsets a
   where a.consumer = s.consumer and a.topic = s.topic and a.partition = s.partition;

  -- As before, and since_offsets says on which stretch the partitions are.
  drop function claim_records(text, text[], int[], text[], int[], text[], text[], int[]);
  create function claim_records(
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

  -- As before, with the progress of the stretch. An origin without an attempt is one whose effect has happened.
  create or replace function advance_ledger(
    the_consumer text, topics text[], partitions int[], next_offsets float8[],
    source_topics text[], source_partitions int[], sources text[], last_rows float8[],
    deferred_origins text[], deferred_attempts int[], keep_days int
  ) returns void language plpgsql as $$
  begin
    update applied_offsets a
       set next_offset = greatest(a.next_offset, e.next_offset::bigint)
      from unnest(topics, partitions, next_offsets) as e(topic, partition, next_offset)
     where a.consumer = the_consumer and a.topic = e.topic and a.partition = e.partition;

    insert into source_progress (consumer, topic, partition, source, since_offset, last_row)
    select the_consumer, f.topic, f.partition, f.source, a.since_offset, f.last_row::bigint
      from unnest(source_topics, source_partitions, sources, last_rows) as f(topic, partition, source, last_row)
      join applied_offsets a on a.consumer = the_consumer and a.topic = f.topic and a.partition = f.partition
        on conflict (consumer, topic, partition, source, since_offset)
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

  -- Of rows that are locked: never backwards. What it leaps over ends a stretch.
  create or replace function move_offsets(consumers text[], topics text[], partitions int[], next_offsets float8[])
  returns void language sql as $$
    update applied_offsets a
       set next_offset = n.next_offset::bigint, since_offset = n.next_offset::bigint
      from unnest(consumers, topics, partitions, next_offsets) as n(consumer, topic, partition, next_offset)
     where a.consumer = n.consumer and a.topic = n.topic and a.partition = n.partition
       and a.next_offset < n.next_offset::bigint
  $$;

  -- Of records that Lambda has given up, under the lock of settle_failures: lists the places, from 1, of those that nothing
  -- has stood for yet, and lets the first of each identity stand for all. Identities are origins, or name a row of a source;
  -- sources and rows are null for others. A row has had its effect if it was seen on a stretch before the record, or if its
  -- identity is known: as that of a dead letter, or of a record that came soon behind a leap.
  create function settle_twins(
    consumers text[], topics text[], partitions int[], offsets float8[], identities text[], sources text[], rows float8[],
    out owed int[]
  ) language plpgsql as $$
  begin
    with given as (
      select distinct on (consumer, identity) *
        from unnest(consumers, topics, partitions, offsets, identities, sources, rows) with ordinality
             as g(consumer, topic, partition, "offset", identity, source, file_row, place)
       order by consumer, identity, "offset"
    ), claimed as (
      insert into applied_origins (consumer, origin)
      select g.consumer, g.identity
        from given g
       where not exists (
         select from source_progress s
          where s.consumer = g.consumer and s.topic = g.topic and s.partition = g.partition and s.source = g.source
            and s.since_offset <= g."offset" and s.last_row >= g.file_row)
       order by g.consumer, g.identity
          on conflict do nothing
      returning consumer, origin as identity
    ), standing as (
      select g.* from given g join claimed using (consumer, identity)
    ), seen as (
      -- What comes behind and is no later row is one of these again.
      insert into source_progress as s (consumer, topic, partition, source, since_offset, last_row)
      select consumer, topic, partition, source, a.since_offset, max(g.file_row)
        from standing g
        join applied_offsets a using (consumer, topic, partition)
       where g.source is not null
       group by consumer, topic, partition, source, a.since_offset
          on conflict (consumer, topic, partition, source, since_offset)
          do update set last_row = greatest(s.last_row, excluded.last_row), last_seen = excluded.last_seen
    )
    select coalesce(array_agg(place::int order by place), '{}') into owed from standing;
  end
  $$;
`;
