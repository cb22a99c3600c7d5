export default `
  -- What the model said and what turned out, counted by when it was said: a row is a function of predictions and labels alone, and is
  -- restated when labels come. docs/adr/0016-labels-and-retraining.md says what a maturity is.
  create table model_evaluations (
    scored_from     timestamptz not null,
    model_version   text        not null,
    maturity        text        not null,
    true_positives  bigint      not null,
    false_positives bigint      not null,
    true_negatives  bigint      not null,
    false_negatives bigint      not null,
    -- Grows when labels that came change the row.
    revision        int         not null default 1,
    evaluated_at    timestamptz not null default now(),
    primary key (scored_from, model_version, maturity)
  );
  create index model_evaluations_evaluated_at on model_evaluations (evaluated_at);
`;
