-- Drops discarded records whose duplicate was already applied. Lists the positions, from 1, of the records
-- that remain, one for each identity. Call it in the transaction of skip_discarded_records.
--
-- An identity is an origin, or a row of a file; only a row has a source and a row number. A duplicate of a
-- row was applied if either is true:
-- - Before the gap of this record, or in an earlier generation of the topic, the consumer saw this row or a
--   later one of the file.
-- - Its identity is known, from a dead letter or from a record soon after a gap.
create or replace function drop_already_applied(
  consumers text[], topics text[], partitions int[], offsets float8[],
  identities text[], sources text[], rows float8[],
  out remaining int[]
) language plpgsql as $$
begin
  with discarded as (
    select distinct on (consumer, identity) *
      from unnest(consumers, topics, partitions, offsets, identities, sources, rows) with ordinality
           as d(consumer, topic, partition, "offset", identity, source, file_row, ordinal)
     order by consumer, identity, "offset"
  ), claimed as (
    insert into applied_origins (consumer, origin)
    select d.consumer, d.identity
      from discarded d
     where not exists (
       select from source_progress s
        where s.consumer = d.consumer and s.topic = any (generations_up_to(d.topic))
          and s.partition = d.partition and s.source = source_id(d.source) and s.last_row >= d.file_row
          and (s.topic <> d.topic or s.last_gap_end <= d."offset"))
     order by d.consumer, d.identity
        on conflict do nothing
    returning consumer, origin as identity
  ), kept as (
    select d.* from discarded d join claimed using (consumer, identity)
  ), progress as (
    -- From now on, a later record of one of these rows is a duplicate.
    insert into source_progress as s (consumer, topic, partition, source, last_gap_end, last_row)
    select consumer, topic, partition, source_id(k.source), a.last_gap_end, max(k.file_row)
      from kept k
      join applied_offsets a using (consumer, topic, partition)
     where k.source is not null
     group by consumer, topic, partition, source_id(k.source), a.last_gap_end
        on conflict (consumer, topic, partition, source, last_gap_end)
        do update set last_row = greatest(s.last_row, excluded.last_row), last_seen = excluded.last_seen
  )
  select coalesce(array_agg(ordinal::int order by ordinal), '{}') into remaining from kept;
end
$$;
