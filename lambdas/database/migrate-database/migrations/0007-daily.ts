const measures = ['temperature_c', 'humidity_pct', 'precipitation_mm', 'wind_speed_kmh'];
const statistics = ['min', 'mean', 'max', 'stddev', 'p05', 'p50', 'p95'];
const figures = measures.flatMap((measure) => statistics.map((statistic) => `${measure}_${statistic}`));

export default `
  -- How many rows of each event day landed on each ingest date. The partition is part of the key because its row in the ledger is
  -- locked anyway: counting never waits.
  create table landed_days (
    event_date  date   not null,
    ingest_date date   not null,
    topic       text   not null,
    partition   int    not null,
    rows        bigint not null,
    primary key (event_date, ingest_date, topic, partition)
  );

  -- The result that counts for each day. The revision grows when a run finds another result.
  create table published_days (
    day          date        primary key,
    revision     int         not null,
    run_id       text        not null,
    rows         bigint      not null,
    -- Of the rows, in any order: equal digests mean equal rows.
    digest       text        not null,
    -- What this revision changed in the one before, in words.
    changes      jsonb       not null default '[]',
    published_at timestamptz not null default now()
  );

  create table daily_weather_summary (
    day          date        not null,
    location     text        not null,
    observations bigint      not null,
    ${figures.map((figure) => `${figure} double precision`).join(',\n    ')},
    -- Hours of the day, in UTC, with rain and with any observation; completeness is the latter's share.
    rain_hours   int         not null,
    hours_seen   int         not null,
    completeness double precision not null,
    alerts       bigint      not null,
    first_seen   timestamptz not null,
    last_seen    timestamptz not null,
    -- The revision of the day in which this row last changed.
    revision     int         not null,
    primary key (day, location)
  );

  -- Messages of workflows, as an outbox of Slack like the tables of alerts and errors. Each key is told once.
  create table slack_messages (
    id                bigint generated always as identity primary key,
    key               text        not null unique,
    title             text        not null,
    body              text        not null,
    footnote          text        not null,
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

  create index slack_messages_unsent on slack_messages (slack_refusals, id)
    where not slack_sent and slack_given_up_at is null;
`;
