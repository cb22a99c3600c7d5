-- Makes the partitions of the last days and of the next two in recent_observations, and drops those of older
-- days. Each day is in UTC. It runs with the rights of the tables' owner: only an owner may do that.
create or replace function roll_recent_observations(keep_days int) returns void language plpgsql
security definer set search_path = public, pg_temp as $$
declare
  today date := (now() at time zone 'UTC')::date;
  the_day date;
  the_name text;
begin
  -- Two at once would make the same partitions.
  perform pg_advisory_xact_lock(hashtextextended('recent_observations', 0));

  for the_day in
    select today + days from generate_series(1 - keep_days, 2) as days
     where keep_days > 0 and today + days <> all (recent_days()) order by 1
  loop
    the_name := 'recent_observations_' || to_char(the_day, 'YYYYMMDD');
    -- Made apart and then attached: unlike "create table … partition of", that waits for no batch, and no
    -- batch waits for it.
    execute format('create table %I '
                   '(like recent_observations including all)', the_name);
    execute format('alter table recent_observations attach partition %I for values from (%L) to (%L)', the_name,
                   the_day::text || ' 00:00:00+00', (the_day + 1)::text || ' 00:00:00+00');
  end loop;

  -- Landing writes no row older than the days to keep. One day more has no use, but is in nobody's way.
  for the_day in
    select day from unnest(recent_days()) as day where keep_days = 0 or day < today - keep_days order by 1
  loop
    execute format('drop table %I', 'recent_observations_' || to_char(the_day, 'YYYYMMDD'));
  end loop;
end
$$;
