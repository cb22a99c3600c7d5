alter table latest_observations
  alter column temperature_c drop not null,
  alter column humidity_pct drop not null,
  alter column precipitation_mm drop not null,
  alter column wind_speed_kmh drop not null;

-- A batch of the last release counts no missing values, and has none.
alter table weather_windows
  add column temperature_c_missing bigint not null default 0,
  alter column temperature_c_mean drop not null,
  alter column temperature_c_m2 drop not null,
  alter column temperature_c_min drop not null,
  alter column temperature_c_max drop not null,
  add column humidity_pct_missing bigint not null default 0,
  alter column humidity_pct_mean drop not null,
  alter column humidity_pct_m2 drop not null,
  alter column humidity_pct_min drop not null,
  alter column humidity_pct_max drop not null,
  add column precipitation_mm_missing bigint not null default 0,
  alter column precipitation_mm_mean drop not null,
  alter column precipitation_mm_m2 drop not null,
  alter column precipitation_mm_min drop not null,
  alter column precipitation_mm_max drop not null,
  add column wind_speed_kmh_missing bigint not null default 0,
  alter column wind_speed_kmh_mean drop not null,
  alter column wind_speed_kmh_m2 drop not null,
  alter column wind_speed_kmh_min drop not null,
  alter column wind_speed_kmh_max drop not null;

alter table watched_places
  add column temperature_c_missing bigint not null default 0,
  add column humidity_pct_missing bigint not null default 0,
  add column precipitation_mm_missing bigint not null default 0,
  add column wind_speed_kmh_missing bigint not null default 0;
