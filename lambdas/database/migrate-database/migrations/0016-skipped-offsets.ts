export default `
  -- Offsets that a consumer's ledger moved past although no batch brought them: their batch was given up by Lambda, or they are
  -- no records. Below the ledger and not in here is what has had its effect. to_offset is the first one after them.
  create table skipped_offsets (
    consumer    text    not null,
    topic       text    not null,
    partition   int     not null,
    from_offset bigint  not null,
    to_offset   bigint  not null,
    skipped_at  date    not null default current_date,
    -- Nobody noted it when it happened: some of it may have had its effect.
    assumed     boolean not null default false,
    primary key (consumer, topic, partition, from_offset)
  );
  create index skipped_offsets_skipped_at on skipped_offsets (skipped_at);

  -- What Lambda has given up and is not stored yet counts as owed, as it did.
  insert into skipped_offsets (consumer, topic, partition, from_offset, to_offset, assumed)
  select consumer, topic, partition, 0, next_offset, true from applied_offsets where next_offset > 0;

  -- Moves a consumer's ledger forward to the offsets that come next, and notes what it leaps over.
  create function leap(the_consumer text, topics text[], partitions int[], next_offsets float8[], keep_days int)
  returns void language plpgsql as $$
  declare
    consumers text[] := array_fill(the_consumer, array[cardinality(topics)]);
  begin
    perform lock_offsets(consumers, topics, partitions);
    perform skip_offsets(consumers, topics, partitions, next_offsets);
    perform move_offsets(consumers, topics, partitions, next_offsets);

    delete from skipped_offsets
     where ctid = any (array(
       select ctid from skipped_offsets
        where skipped_at < current_date - keep_days order by skipped_at limit 100 for update skip locked));
  end
  $$;

  -- Moves the ledger past records that Lambda has given up, unless it is there. Lists the places, from 1, of those that have
  -- had no effect, and from here on will have none but as dead letters; and of these, the ones of which that is not assumed.
  create function settle_failures(
    consumers text[], topics text[], partitions int[], offsets float8[], out owed int[], out certain int[]
  ) language plpgsql as $$
  begin
    perform lock_offsets(consumers, topics, partitions);

    with given as (
      select f.place::int, f."offset" >= a.next_offset as is_ahead,
             (select bool_and(s.assumed)
                from skipped_offsets s
               where s.consumer = f.consumer and s.topic = f.topic and s.partition = f.partition
                 and f."offset" >= s.from_offset and f."offset" < s.to_offset) as is_assumed
        from unnest(consumers, topics, partitions, offsets) with ordinality
             as f(consumer, topic, partition, "offset", place)
        join applied_offsets a using (consumer, topic, partition)
    )
    select coalesce(array_agg(place order by place) filter (where is_ahead or is_assumed is not null), '{}'),
           coalesce(array_agg(place order by place) filter (where is_ahead or not is_assumed), '{}')
      into owed, certain
      from given;

    perform skip_offsets(f.consumers, f.topics, f.partitions, f.firsts),
            move_offsets(f.consumers, f.topics, f.partitions, f.nexts)
       from (select array_agg(consumer) as consumers, array_agg(topic) as topics, array_agg(partition) as partitions,
                    array_agg(first) as firsts, array_agg(last + 1) as nexts
               from (select consumer, topic, partition, min("offset") as first, max("offset") as last
                       from unnest(consumers, topics, partitions, offsets) as given(consumer, topic, partition, "offset")
                      group by consumer, topic, partition) ranges) f;
  end
  $$;

  -- Locks rows of several consumers until the transaction ends, always in the same order.
  create function lock_offsets(consumers text[], topics text[], partitions int[]) returns void language plpgsql as $$
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
  end
  $$;

  -- Of rows that are locked: notes what lies between the ledger and the offsets that come next.
  create function skip_offsets(consumers text[], topics text[], partitions int[], next_offsets float8[])
  returns void language sql as $$
    insert into skipped_offsets (consumer, topic, partition, from_offset, to_offset)
    select a.consumer, a.topic, a.partition, a.next_offset, n.next_offset::bigint
      from unnest(consumers, topics, partitions, next_offsets) as n(consumer, topic, partition, next_offset)
      join applied_offsets a using (consumer, topic, partition)
     where a.next_offset < n.next_offset
        on conflict (consumer, topic, partition, from_offset) do update
       set to_offset = greatest(skipped_offsets.to_offset, excluded.to_offset), skipped_at = excluded.skipped_at
  $$;

  -- Of rows that are locked: never backwards.
  create function move_offsets(consumers text[], topics text[], partitions int[], next_offsets float8[])
  returns void language sql as $$
    update applied_offsets a
       set next_offset = greatest(a.next_offset, n.next_offset::bigint)
      from unnest(consumers, topics, partitions, next_offsets) as n(consumer, topic, partition, next_offset)
     where a.consumer = n.consumer and a.topic = n.topic and a.partition = n.partition
  $$;
`;
