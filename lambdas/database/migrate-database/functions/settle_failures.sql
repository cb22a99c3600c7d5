-- Advances the ledger past records of discarded batches, unless it is past them already. Lists the positions, from 1, of the
-- records that were not applied and from now on never will be, except as dead letters; and of these, the ones that
-- are not in an assumed gap.
create or replace function settle_failures(
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
