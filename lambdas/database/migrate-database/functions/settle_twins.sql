-- Lists the positions, from 1, of discarded records of which no copy was applied, one for each identity. Call it under
-- the locks of settle_failures. An identity is an origin, or names a row of a file (its source and row are null otherwise).
-- A copy of a row was applied if the row was seen before the gap in which the record is, or if its identity is known: from a
-- dead letter, or from a record soon after a gap.
create or replace function settle_twins(
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
    -- A later copy of one of these rows is then a repeated row.
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
