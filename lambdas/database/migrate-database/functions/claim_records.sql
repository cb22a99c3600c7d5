-- The first statement of a batch's transaction, and the second of one that has records with an origin:
-- which of them are at or past next_offsets is known only then. It locks the ledger rows of the partitions
-- until the transaction ends, and only then reads. Each statement below sees what was committed before it
-- began, so it sees what the previous holder of the lock committed.
--
-- next_offsets and last_gap_ends have an element for each partition, last_rows one for each source, in the
-- given order. A source without progress has the last row -1. claimed lists the positions, from 1, of the
-- origins that this batch may process: new ones with attempt 0, and expected retries. first_offsets, first_ms
-- and newest_ms are those of applied_offsets.
--
-- A source's last row includes those of earlier generations of the topic: a producer may have begun there.
create or replace function claim_records(
  the_consumer text, topics text[], partitions int[],
  source_topics text[], source_partitions int[], sources text[],
  origins text[], attempts int[],
  out next_offsets float8[], out last_gap_ends float8[], out first_offsets float8[], out first_ms float8[],
  out newest_ms float8[], out last_rows float8[], out claimed int[]
) language plpgsql as $$
begin
  perform lock_offsets(array_fill(the_consumer, array[cardinality(topics)]), topics, partitions);

  select array_agg(a.next_offset::float8 order by p.ordinal),
         array_agg(a.last_gap_end::float8 order by p.ordinal),
         array_agg(a.first_offset::float8 order by p.ordinal),
         array_agg(a.first_ms::float8 order by p.ordinal),
         array_agg(a.newest_ms::float8 order by p.ordinal)
    into next_offsets, last_gap_ends, first_offsets, first_ms, newest_ms
    from unnest(topics, partitions) with ordinality as p(topic, partition, ordinal)
    join applied_offsets a on a.consumer = the_consumer and a.topic = p.topic and a.partition = p.partition;

  select array_agg(coalesce(progress.last_row, -1)::float8 order by f.ordinal)
    into last_rows
    from unnest(source_topics, source_partitions, sources) with ordinality
         as f(topic, partition, source, ordinal)
   cross join lateral (
     select max(s.last_row) as last_row
       from source_progress s
      where s.consumer = the_consumer and s.topic = any (generations_up_to(f.topic))
        and s.partition = f.partition and s.source = source_id(f.source)) progress;

  claimed := '{}';
  if cardinality(origins) > 0 then
    with given as (
      select * from unnest(origins, attempts) with ordinality as o(origin, attempt, ordinal)
    ), new_origins as (
      insert into applied_origins (consumer, origin)
      select the_consumer, g.origin from given g where g.attempt = 0 order by g.origin
          on conflict do nothing
      returning origin, 0 as attempt
    ), expected_retries as (
      update applied_origins a
         set next_attempt = null, last_seen = current_date
        from given g
       where a.consumer = the_consumer and a.origin = g.origin
         and g.attempt > 0 and a.next_attempt = g.attempt
      returning a.origin, g.attempt
    )
    select coalesce(array_agg(g.ordinal::int), '{}')
      into claimed
      from given g
      join (select * from new_origins union all select * from expected_retries) as c using (origin, attempt);
  end if;
end
$$;
