alter table ingested_files
  add column rows_skipped    bigint not null default 0,
  add column rows_refused    bigint not null default 0,
  add column ignored_columns text[] not null default '{}';
