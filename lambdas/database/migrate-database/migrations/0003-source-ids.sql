alter table ingested_files
  alter column rows_read    set default 0,
  alter column rows_valid   set default 0,
  alter column rows_invalid set default 0,
  alter column ingested_at  drop not null,
  add column key        text,
  add column etag       text,
  add column started_at timestamptz not null default now();

update ingested_files
   set key = left(source, -strpos(reverse(source), '@')),
       etag = right(source, strpos(reverse(source), '@') - 1),
       started_at = ingested_at
 where strpos(source, '@') > 0;

create index ingested_files_key on ingested_files (key);

create table archive_members (
  source  text primary key,
  archive text not null,
  key     text not null
);
create index archive_members_key on archive_members (key);

-- The ledger knows a file by its id: a file that was partly sent before this migration, and again after it,
-- has the same id in all its records.
update source_progress
   set source = left(translate(encode(sha256(convert_to(source, 'UTF8')), 'base64'), '+/', '-_'), 12)
 where strpos(source, '@') > 0;

update applied_origins
   set origin = left(translate(encode(sha256(convert_to(regexp_replace(origin, ':\d+$', ''), 'UTF8')), 'base64'),
                               '+/', '-_'), 12)
                || substring(origin from ':\d+$')
 where origin ~ '@.*:\d+$';
