alter table ingested_files
  add column read_at       timestamptz not null default now(),
  add column counts        boolean     not null default true,
  add column replaces      text,
  add column superseded_at timestamptz,
  add column days          date[];

update ingested_files set read_at = coalesce(ingested_at, started_at);

-- Versions that were ingested before: the last one with a valid row counts.
update ingested_files f
   set counts = v.place = 1, superseded_at = case when v.place > 1 then now() end
  from (select source, row_number() over (partition by key order by rows_valid > 0 desc, read_at desc) as place
          from ingested_files where ingested_at is not null and key is not null) as v
 where f.source = v.source and v.place > 1;

create index ingested_files_not_counted on ingested_files using gin (days) where not counts;

alter table published_days
  add column records    bigint,
  add column superseded text not null default '';

create table day_files (
  day          date   not null,
  source       text   not null,
  same_values  bigint not null,
  other_values bigint not null,
  replaces     text,
  rows_added   bigint,
  rows_removed bigint,
  rows_changed bigint,
  primary key (day, source)
);
