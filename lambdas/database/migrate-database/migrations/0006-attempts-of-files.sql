alter table ingested_files
  add column attempt  int not null default 1,
  add column asked_by bigint;
