create table segment_scores (
  model_version     text        not null,
  dimension         text        not null,
  segment           text        not null,
  window_start      timestamptz not null,
  partition         int         not null,
  counts            bigint[]    not null,
  transactions      bigint      not null,
  flagged           bigint      not null,
  -- Sums of scores in millionths: sums of whole numbers do not depend on the order.
  score_sum         bigint      not null,
  flagged_score_sum bigint      not null,
  primary key (model_version, dimension, segment, window_start, partition)
);
create index segment_scores_window_start on segment_scores (window_start);
