create table segment_features (
  model_version text        not null,
  dimension     text        not null,
  segment       text        not null,
  window_start  timestamptz not null,
  partition     int         not null,
  counts        bigint[]    not null,
  primary key (model_version, dimension, segment, window_start, partition)
);
create index segment_features_window_start on segment_features (window_start);
