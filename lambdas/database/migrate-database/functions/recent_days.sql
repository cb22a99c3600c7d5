-- The days (in UTC) of which recent_observations has a partition.
create or replace function recent_days() returns date[] language sql stable as $$
  select coalesce(array_agg(to_date(right(child.relname, 8), 'YYYYMMDD')), '{}')
    from pg_inherits i
    join pg_class child on child.oid = i.inhrelid
   where i.inhparent = 'recent_observations'::regclass
$$;
