create table recent_observations (
  location         text             not null,
  observed_at      timestamptz      not null,
  temperature_c    double precision,
  humidity_pct     double precision,
  precipitation_mm double precision,
  wind_speed_kmh   double precision,
  received_at      timestamptz      not null,
  primary key (location, observed_at)
) partition by range (observed_at);

create table lake_reads (
  run_id       text        primary key,
  ingest_dates date[]      not null,
  started_at   timestamptz not null default now()
);
