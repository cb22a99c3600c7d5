alter table error_weather_data add column slack_digest bigint;

drop index error_weather_data_unsent;
create index error_weather_data_not_in_digest on error_weather_data (left(error_type, 200), id)
  where slack_digest is null and not slack_sent and slack_given_up_at is null;
create index error_weather_data_unsent on error_weather_data (slack_digest, id)
  where not slack_sent and slack_given_up_at is null;

create table slack_error_digests (
  id                bigint      primary key generated always as identity,
  error_types       text[]      not null,
  content           jsonb       not null,
  created_at        timestamptz not null default now(),
  slack_sent        boolean     not null default false,
  slack_sent_at     timestamptz,
  leased_until      timestamptz,
  slack_claim       uuid,
  slack_message     uuid,
  slack_retry_count int         not null default 0,
  slack_refusals    int         not null default 0,
  slack_given_up_at timestamptz
);
create unique index slack_error_digests_unsent on slack_error_digests ((true))
  where not slack_sent and slack_given_up_at is null;

create table slack_error_pace (
  error_type text        primary key,
  told_at    timestamptz not null
);
