-- For records of batches that Lambda discarded. Lists the positions, from 1, of the records that were not
-- applied: they are past the committed offset, or in a gap. Then it advances the committed offsets past all
-- given records: from now on, the listed records take effect as dead letters only. timestamps are in Unix
-- milliseconds.
create or replace function skip_discarded_records(
  consumers text[], topics text[], partitions int[], offsets float8[], timestamps float8[],
  out not_applied int[]
) language plpgsql as $$
begin
  perform lock_offsets(consumers, topics, partitions);

  select coalesce(array_agg(d.ordinal::int order by d.ordinal), '{}')
    into not_applied
    from unnest(consumers, topics, partitions, offsets) with ordinality
         as d(consumer, topic, partition, "offset", ordinal)
    join applied_offsets a using (consumer, topic, partition)
   where d."offset" >= a.next_offset
      or exists (
        select from skipped_offsets s
         where s.consumer = d.consumer and s.topic = d.topic and s.partition = d.partition
           and d."offset" >= s.from_offset and d."offset" < s.to_offset);

  -- Only offsets before the first record are a gap. The records themselves are settled here.
  perform record_gaps(r.consumers, r.topics, r.partitions, r.firsts),
          skip_to_offsets(r.consumers, r.topics, r.partitions, r.nexts)
     from (select array_agg(consumer) as consumers, array_agg(topic) as topics,
                  array_agg(partition) as partitions, array_agg(first) as firsts, array_agg(last + 1) as nexts
             from (select consumer, topic, partition, min("offset") as first, max("offset") as last
                     from unnest(consumers, topics, partitions, offsets)
                          as d(consumer, topic, partition, "offset")
                    group by consumer, topic, partition) ranges) r;

  update applied_offsets a
     set newest_ms = greatest(a.newest_ms, d.newest_ms::bigint)
    from (select consumer, topic, partition, max(timestamp_ms) as newest_ms
            from unnest(consumers, topics, partitions, timestamps) as t(consumer, topic, partition, timestamp_ms)
           group by 1, 2, 3) d
   where a.consumer = d.consumer and a.topic = d.topic and a.partition = d.partition;
end
$$;
