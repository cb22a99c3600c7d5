export default `
  -- Both tables are outboxes of Slack. A sender holds rows under a token of its own until leased_until; slack_message is the
  -- message that they went into last: found set on an unsent row, that message may have been told.
  alter table weather_alerts
    add column slack_claim       uuid,
    add column slack_message     uuid,
    add column slack_refusals    int not null default 0,
    add column slack_given_up_at timestamptz;

  alter table error_weather_data
    add column stored_at         timestamptz not null default now(),
    add column leased_until      timestamptz,
    add column slack_claim       uuid,
    add column slack_message     uuid,
    add column slack_retry_count int not null default 0,
    add column slack_refusals    int not null default 0,
    add column slack_given_up_at timestamptz;

  drop index weather_alerts_unsent;
  create index weather_alerts_unsent on weather_alerts (slack_refusals, alert_id)
    where not slack_sent and slack_given_up_at is null;
  drop index error_weather_data_unsent;
  create index error_weather_data_unsent on error_weather_data (slack_refusals, id)
    where not slack_sent and slack_given_up_at is null;

  -- When the next message may go out, whoever sends it. One row.
  create table slack_pace (
    only_row     boolean     primary key default true check (only_row),
    next_turn_at timestamptz not null default now()
  );
  insert into slack_pace default values;
`;
