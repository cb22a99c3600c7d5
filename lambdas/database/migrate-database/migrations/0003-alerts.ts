export default `
  create table weather_alerts (
    alert_id      bigint generated always as identity primary key,
    location      text             not null,
    alert_type    text             not null,
    alert_reason  text             not null,
    event_time    timestamptz      not null,
    value         double precision not null,
    threshold     double precision not null,
    created_at    timestamptz      not null default now(),
    slack_sent    boolean          not null default false,
    slack_sent_at timestamptz,
    retry_count   int              not null default 0,
    raw_json      jsonb            not null,
    -- While a sender holds the row, no other sender takes it.
    leased_until  timestamptz
  );

  create index weather_alerts_unsent on weather_alerts (alert_id) where not slack_sent;

  -- When an alert of a kind was last raised at a place, in event time.
  create table alert_cooldowns (
    location      text not null,
    alert_type    text not null,
    last_alert_at timestamptz,
    primary key (location, alert_type)
  );

  create table latest_observations (
    location         text             primary key,
    observed_at      timestamptz      not null,
    temperature_c    double precision not null,
    humidity_pct     double precision not null,
    precipitation_mm double precision not null,
    wind_speed_kmh   double precision not null
  );

  -- Raises those of the candidates, in their order, that are no closer in event time than the cooldown to the last alert
  -- of their location and type, and returns how many. The state rows are locked in a fixed order until the transaction
  -- ends, so that of two sessions with the same candidate one alerts.
  create function raise_alerts(
    locations text[], alert_types text[], reasons text[], event_times timestamptz[],
    alert_values double precision[], thresholds double precision[], raw_jsons jsonb[], cooldown interval
  ) returns int language plpgsql as $$
  declare
    candidate  record;
    state      alert_cooldowns;
    raised     int[] := '{}';
  begin
    insert into alert_cooldowns (location, alert_type)
    select distinct c.location, c.alert_type
      from unnest(locations, alert_types) as c(location, alert_type)
     order by 1, 2
        on conflict do nothing;

    for candidate in
      select c.*
        from unnest(locations, alert_types, event_times) with ordinality as c(location, alert_type, event_time, place)
       order by c.location, c.alert_type, c.place
    loop
      if (candidate.location, candidate.alert_type) is distinct from (state.location, state.alert_type) then
        update alert_cooldowns a set last_alert_at = state.last_alert_at
         where a.location = state.location and a.alert_type = state.alert_type;
        select a.* into state from alert_cooldowns a
         where a.location = candidate.location and a.alert_type = candidate.alert_type
           for update;
      end if;
      -- By distance and not by order: one reading dated years ahead must not silence a place for years.
      if state.last_alert_at is null
         or candidate.event_time >= state.last_alert_at + cooldown
         or candidate.event_time <= state.last_alert_at - cooldown then
        state.last_alert_at := candidate.event_time;
        raised := raised || candidate.place::int;
      end if;
    end loop;
    update alert_cooldowns a set last_alert_at = state.last_alert_at
     where a.location = state.location and a.alert_type = state.alert_type;

    insert into weather_alerts (location, alert_type, alert_reason, event_time, value, threshold, raw_json)
    select c.location, c.alert_type, c.reason, c.event_time, c.value, c.threshold, c.raw_json
      from unnest(locations, alert_types, reasons, event_times, alert_values, thresholds, raw_jsons) with ordinality
             as c(location, alert_type, reason, event_time, value, threshold, raw_json, place)
      join unnest(raised) as r(place) using (place)
     order by c.place;
    return cardinality(raised);
  end
  $$;
`;
