create table job_runs (
  job_name text        primary key,
  ran_at   timestamptz not null
);
