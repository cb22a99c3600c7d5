export default `
  -- When a prediction came here, which may be long after it was made and after its label. Those that are here have come before anybody asked.
  alter table predictions add column recorded_at timestamptz not null default '-infinity';
  alter table predictions alter column recorded_at set default now();
  create index predictions_recorded_at on predictions (recorded_at);

  -- Up to when evaluate-model has looked at what came: one row, or none before the first time.
  create table evaluation_mark (
    is_only   boolean     primary key default true check (is_only),
    looked_at timestamptz not null
  );
  insert into evaluation_mark (looked_at) select max(evaluated_at) from model_evaluations having count(*) > 0;
  drop index model_evaluations_evaluated_at;
`;
