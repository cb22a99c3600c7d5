-- Raises the candidates that are, in event time, at least the cooldown away from the last alert of their
-- location and type, in the given order. Returns how many.
--
-- Rows are locked in key order to avoid deadlocks, until the transaction ends. So when two sessions have the
-- same candidate, only one raises an alert. The first statement locks the rows as it inserts or updates them,
-- so prune_weather cannot delete one in between.
create or replace function raise_alerts(
  locations text[], alert_types text[], reasons text[], event_times timestamptz[],
  alert_values double precision[], thresholds double precision[], raw_jsons jsonb[], cooldown interval
) returns int language plpgsql as $$
declare
  candidate record;
  state     alert_cooldowns;
  raised    int[] := '{}';
begin
  insert into alert_cooldowns (location, alert_type)
  select distinct c.location, c.alert_type
    from unnest(locations, alert_types) as c(location, alert_type)
   order by 1, 2
      on conflict (location, alert_type) do update set last_needed = current_date;

  for candidate in
    select c.*
      from unnest(locations, alert_types, event_times) with ordinality
           as c(location, alert_type, event_time, ordinal)
     order by c.location, c.alert_type, c.ordinal
  loop
    if (candidate.location, candidate.alert_type) is distinct from (state.location, state.alert_type) then
      update alert_cooldowns a set last_alert_at = state.last_alert_at
       where a.location = state.location and a.alert_type = state.alert_type;
      select a.* into state from alert_cooldowns a
       where a.location = candidate.location and a.alert_type = candidate.alert_type;
    end if;
    -- By distance and not by order: a reading dated years ahead must not silence a location for years.
    if state.last_alert_at is null
       or candidate.event_time >= state.last_alert_at + cooldown
       or candidate.event_time <= state.last_alert_at - cooldown then
      state.last_alert_at := candidate.event_time;
      raised := raised || candidate.ordinal::int;
    end if;
  end loop;
  update alert_cooldowns a set last_alert_at = state.last_alert_at
   where a.location = state.location and a.alert_type = state.alert_type;

  insert into weather_alerts (location, alert_type, alert_reason, event_time, value, threshold, raw_json)
  select c.location, c.alert_type, c.reason, c.event_time, c.value, c.threshold, c.raw_json
    from unnest(locations, alert_types, reasons, event_times, alert_values, thresholds, raw_jsons)
         with ordinality as c(location, alert_type, reason, event_time, value, threshold, raw_json, ordinal)
    join unnest(raised) as r(ordinal) using (ordinal)
   order by c.ordinal;
  return cardinality(raised);
end
$$;
