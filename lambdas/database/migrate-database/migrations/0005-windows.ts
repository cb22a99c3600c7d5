const measures = ['temperature_c', 'humidity_pct', 'precipitation_mm', 'wind_speed_kmh'];

const columns = (suffixes: readonly string[]) =>
  measures
    .flatMap((measure) => suffixes.map((suffix) => `${measure}_${suffix} double precision not null,`))
    .join('\n    ');

export default `
  -- What was observed at a location in a span of event time. \`m2\` is the sum of squared distances from the mean: the
  -- variance is m2 / count, and of a sample m2 / (count - 1). Late readings are in all numbers; \`late_count\` says how many.
  create table weather_windows (
    location       text        not null,
    window_start   timestamptz not null,
    window_seconds int         not null,
    count          bigint      not null,
    late_count     bigint      not null,
    anomaly_count  bigint      not null,
    ${columns(['mean', 'm2', 'min', 'max'])}
    -- By day, so that an update of the row within a day changes no index.
    last_changed   date        not null default current_date,
    primary key (location, window_start, window_seconds)
  );
  create index weather_windows_last_changed on weather_windows (last_changed);

  -- How far the readings of a location on a partition have come in event time, and what they were like of late.
  create table watched_places (
    partition      int         not null,
    location       text        not null,
    newest_at      timestamptz not null,
    unconfirmed_at timestamptz,
    readings       bigint      not null,
    ${columns(['mean', 'variance'])}
    last_changed   date        not null default current_date,
    primary key (partition, location)
  );
  create index watched_places_last_changed on watched_places (last_changed);

  -- The counters of lambdas/shared/metrics/metrics.ts.
  create table metric_counters (
    name   text   not null,
    labels jsonb  not null default '{}',
    value  bigint not null,
    primary key (name, labels)
  );

  -- Chan's formula for the mean and the squared distances of two parts of a series. Postgres refuses a product that is too
  -- small for a double, so means that differ by next to nothing are taken as equal.
  create function merged_mean(count_a bigint, mean_a double precision, count_b bigint, mean_b double precision)
  returns double precision language sql immutable parallel safe
  return case when abs(mean_b - mean_a) < 1e-100 then mean_a
              else mean_a + (mean_b - mean_a) * (count_b::double precision / (count_a + count_b)) end;

  create function merged_m2(count_a bigint, mean_a double precision, m2_a double precision,
                            count_b bigint, mean_b double precision, m2_b double precision)
  returns double precision language sql immutable parallel safe
  return case when abs(mean_b - mean_a) < 1e-100 then m2_a + m2_b
              else m2_a + m2_b + (mean_b - mean_a) * (mean_b - mean_a)
                                 * (count_a::double precision * count_b / (count_a + count_b)) end;

  alter table alert_cooldowns add column last_needed date not null default current_date;
  create index alert_cooldowns_last_needed on alert_cooldowns (last_needed);

  -- As before, and says when a row was last needed. It locks the rows as it makes them, so that none can be pruned in between.
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
        from unnest(locations, alert_types, event_times) with ordinality as c(location, alert_type, event_time, place)
       order by c.location, c.alert_type, c.place
    loop
      if (candidate.location, candidate.alert_type) is distinct from (state.location, state.alert_type) then
        update alert_cooldowns a set last_alert_at = state.last_alert_at
         where a.location = state.location and a.alert_type = state.alert_type;
        select a.* into state from alert_cooldowns a
         where a.location = candidate.location and a.alert_type = candidate.alert_type;
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

  -- Forgets rows that nothing has changed for so many days: at most as many at once as a batch can add, so that it keeps up.
  create function prune_weather(keep_days int) returns void language plpgsql as $$
  begin
    delete from weather_windows
     where ctid = any (array(
       select ctid from weather_windows
        where last_changed < current_date - keep_days order by last_changed limit 10000 for update skip locked));
    delete from watched_places
     where ctid = any (array(
       select ctid from watched_places
        where last_changed < current_date - keep_days order by last_changed limit 10000 for update skip locked));
    delete from alert_cooldowns
     where ctid = any (array(
       select ctid from alert_cooldowns
        where last_needed < current_date - keep_days order by last_needed limit 10000 for update skip locked));
  end
  $$;
`;
