export default `
  create table error_weather_data (
    id                bigint generated always as identity primary key,
    error_type        text        not null,
    error_message     text        not null,
    raw_row           text,
    location          text,
    file_name         text,
    line_number       bigint,
    -- Where a bad message lies in Kafka.
    topic             text,
    partition         int,
    "offset"          bigint,
    retry_count       int         not null default 0,
    processing_status text        not null default 'NEW',
    slack_sent        boolean     not null default false,
    slack_sent_at     timestamptz,
    created_at        timestamptz not null default now()
  );

  create index error_weather_data_unsent on error_weather_data (id) where not slack_sent;
`;
