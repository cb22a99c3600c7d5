-- Adds to rows of metric_counters in the caller's transaction, so that a counter changes exactly when its
-- rows do. Each counter has a row per shard, and the caller takes a shard that no other transaction holds:
-- with fewer than 16 at a time, none waits for another. Within a shard, rows are locked in key order to avoid
-- deadlocks.
create or replace function add_to_counters(
  counter text, label text, label_values text[], amounts bigint[]
) returns void language plpgsql as $$
declare
  -- Any number will do that nothing else in this database locks.
  lock_class constant int := 5247110;
  shards     constant int := 16;
  shard int := pg_backend_pid() % shards;
  free  boolean := false;
begin
  for candidate in 0 .. shards - 1 loop
    if pg_try_advisory_xact_lock(lock_class, candidate) then
      shard := candidate;
      free := true;
      exit;
    end if;
  end loop;
  if not free then
    perform pg_advisory_xact_lock(lock_class, shard);
  end if;
  insert into metric_counters as c (name, labels, value)
  select counter, jsonb_build_object('shard', shard::text) || jsonb_build_object(label, g.value), sum(g.amount)
    from unnest(label_values, amounts) as g(value, amount)
   where g.amount > 0
   group by 1, 2
   order by 1, 2
      on conflict (name, labels) do update set value = c.value + excluded.value;
end
$$;
