create table file_checkpoints (
  source   text   primary key,
  part     int    not null,
  line     bigint not null,
  saved_at date   not null default current_date
);
create index file_checkpoints_saved_at on file_checkpoints (saved_at);
