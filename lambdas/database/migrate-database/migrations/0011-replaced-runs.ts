export default `
  -- Runs of the daily job that have left files and do not count: since when that has been known.
  create table replaced_runs (
    day         date        not null,
    run_id      text        not null,
    replaced_at timestamptz not null default now(),
    primary key (day, run_id)
  );
`;
