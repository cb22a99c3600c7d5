-- Everything an empty database gets, except the functions: those are in functions/, one a file. A change of
-- this file needs the same change as a migration: see README.md.


-- THE LEDGER
-- Makes each record take effect once for each consumer: docs/adr/0006-exactly-once.md. A topic is named here
-- with its generation, unless that is 0: `weather-data`, `weather-data@1`.

-- The generations of topics, each with offsets of its own. A new one begins when the cluster is replaced, or
-- when a topic is made anew and its configured epoch is raised: docs/adr/0032-generations-of-topics.md.
create table topic_generations (
  -- Without the generation.
  topic      text        not null,
  -- The ARN of the cluster, from the event.
  cluster    text        not null,
  -- As configured for the topic.
  epoch      int         not null,
  generation int         not null,
  began_at   timestamptz not null default clock_timestamp(),
  -- When a consumer last began to use it after another one. The newest is the current generation.
  used_at    timestamptz not null default clock_timestamp(),
  primary key (topic, cluster, epoch),
  unique (topic, generation)
);

-- How far each consumer has processed each partition. The row is locked while a batch is applied.
create table applied_offsets (
  consumer     text   not null,
  topic        text   not null,
  partition    int    not null,
  next_offset  bigint not null,
  -- The offset after the last gap; 0 if there was no gap.
  last_gap_end bigint not null default 0,
  -- The first record that was processed, and the newest timestamp of all, as Unix milliseconds. They tell a
  -- record that is delivered again from one of a topic that was made anew.
  first_offset bigint,
  first_ms     bigint,
  newest_ms    bigint not null default 0,
  primary key (consumer, topic, partition)
);

-- The last row of each file that a consumer has seen on a partition: it tells records that a producer sent
-- twice. After a gap, a file gets a new row here, because rows of it may have been in the gap.
create table source_progress (
  consumer     text   not null,
  topic        text   not null,
  partition    int    not null,
  source       text   not null,
  -- `last_gap_end` of the partition when these rows were seen.
  last_gap_end bigint not null default 0,
  last_row     bigint not null,
  -- A date and not a time, so that most updates change no index. The same holds for all dates below.
  last_seen    date   not null default current_date,
  primary key (consumer, topic, partition, source, last_gap_end)
);
create index source_progress_last_seen on source_progress (last_seen);

-- Records that are known by an identity and not by their offset: retries, redrives and dead letters by their
-- origin, and rows of files as `<source>:<row>`.
create table applied_origins (
  consumer     text not null,
  origin       text not null,
  -- The retry attempt that is expected next. Null: the record was processed, and any copy of it is ignored.
  next_attempt int,
  last_seen    date not null default current_date,
  primary key (consumer, origin)
);
create index applied_origins_last_seen on applied_origins (last_seen);

-- Gaps: offsets that a consumer passed without a batch, from `from_offset` up to, but not including,
-- `to_offset`. Lambda discarded their batch, or Kafka has no record there. A record below `next_offset` and
-- in no gap is done.
create table skipped_offsets (
  consumer    text   not null,
  topic       text   not null,
  partition   int    not null,
  from_offset bigint not null,
  to_offset   bigint not null,
  skipped_at  date   not null default current_date,
  primary key (consumer, topic, partition, from_offset)
);
create index skipped_offsets_skipped_at on skipped_offsets (skipped_at);


-- FILES

-- Versions of files. The source is the id in the records of the version, a hash of its key and ETag. It is
-- `<key>@<ETag>` for files that were ingested before there were ids. A row is inserted before the first
-- record is sent, so that all who read a record can name its file.
create table ingested_files (
  source          text        primary key,
  -- Valid, invalid and refused rows together.
  rows_read       bigint      not null default 0,
  rows_valid      bigint      not null default 0,
  rows_invalid    bigint      not null default 0,
  -- When all rows were on Kafka. Null before that.
  ingested_at     timestamptz default now(),
  -- Titles, comments, headers and footers.
  rows_skipped    bigint      not null default 0,
  -- Rows of a file, or of a file of an archive, that was refused whole.
  rows_refused    bigint      not null default 0,
  -- Columns that no field takes, by name.
  ignored_columns text[]      not null default '{}',
  key             text,
  etag            text,
  started_at      timestamptz not null default now(),
  -- How often it was to be read. A refused file is read again when a person redrives its error; that one is
  -- the error that asked last.
  attempt         int         not null default 1,
  asked_by        bigint,
  -- When the version was last read from S3, which gives the current one.
  read_at         timestamptz not null default now(),
  -- Whether its rows count in the summary of their days. One version of a key does: see settle_versions.
  counts          boolean     not null default true,
  -- The source of the version that it replaced.
  replaces        text,
  -- When another version of the key replaced it.
  superseded_at   timestamptz,
  -- The UTC days of its valid rows. Null: unknown, so far or because an older release ingested it.
  days            date[]
);
create index ingested_files_not_counted on ingested_files using gin (days) where not counts;
create index ingested_files_key on ingested_files (key);

-- Files in archives that were ingested. Each has rows, and so a source, of its own.
create table archive_members (
  source  text primary key,
  -- The source of the archive.
  archive text not null,
  -- `<key of the archive>/<name in it>`
  key     text not null
);
create index archive_members_key on archive_members (key);

-- Files that take longer than one invocation: how far their rows are on Kafka.
create table file_checkpoints (
  source   text   primary key,
  -- Of the files in an archive, from 0.
  part     int    not null,
  line     bigint not null,
  saved_at date   not null default current_date
);
create index file_checkpoints_saved_at on file_checkpoints (saved_at);


-- ERRORS AND DEAD LETTERS

create table error_weather_data (
  id                bigint      primary key generated always as identity,
  error_type        text        not null,
  error_message     text        not null,
  raw_row           text,
  -- For a file whose columns are not in the documented order: the index in raw_row of each documented field,
  -- from 0, such as '0,1,3,2,4,5'; -1 for a field that the file does not have.
  columns           text,
  -- The fields that are still wrong, by their names on the wire; empty when the reason names none, or once
  -- all are corrected.
  fields            text[]      not null default '{}',
  location          text,
  -- The row of a file, or the position of a message in Kafka.
  file_name         text,
  line_number       bigint,
  topic             text,
  partition         int,
  "offset"          bigint,
  retry_count       int         not null default 0,
  -- The consumer that failed to process the record; only that one gets it again. Null: the record was invalid
  -- for all.
  failed_in         text,
  first_failed_at   timestamptz,
  -- The error of the last attempt.
  cause             text,
  -- The observation to send instead of the raw row, in the wire format of weather-data.
  corrected         text,
  -- NEW, REDRIVING, REDRIVEN or IGNORED.
  processing_status text        not null default 'NEW',
  settled_at        timestamptz,
  -- When the error happened, and when this row was inserted.
  created_at        timestamptz not null default now(),
  stored_at         timestamptz not null default now(),
  -- The digest that tells Slack of it: see "Slack" below.
  slack_digest      bigint,
  slack_sent        boolean     not null default false,
  slack_sent_at     timestamptz,
  slack_given_up_at timestamptz,
  -- Unused since there are digests. To be dropped in a later release.
  leased_until      timestamptz,
  slack_claim       uuid,
  slack_message     uuid,
  slack_retry_count int         not null default 0,
  slack_refusals    int         not null default 0
);
create index error_weather_data_new on error_weather_data (id)
  where processing_status in ('NEW', 'REDRIVING');
create index error_weather_data_settled on error_weather_data (processing_status, id)
  where processing_status in ('REDRIVEN', 'IGNORED');
create index error_weather_data_failed_in on error_weather_data (failed_in) where failed_in is not null;
-- How many errors are open, by what `npm run errors -- summary` groups. Triggers of count_open_errors keep it
-- in the transaction of each change. A group may have several rows: their sum counts. The key is a hash of
-- the group, since no index can hold a text of any length.
create table open_error_counts (
  id         bigint primary key generated always as identity,
  key        uuid   not null,
  -- The day in UTC on which the error happened.
  day        date   not null,
  error_type text   not null,
  file_name  text,
  fields     text[] not null,
  errors     bigint not null
);
create index open_error_counts_key on open_error_counts (key);

create index error_weather_data_not_in_digest on error_weather_data (left(error_type, 200), id)
  where slack_digest is null and not slack_sent and slack_given_up_at is null;
create index error_weather_data_unsent on error_weather_data (slack_digest, id)
  where not slack_sent and slack_given_up_at is null;


-- WEATHER

create table latest_observations (
  location         text             primary key,
  observed_at      timestamptz      not null,
  temperature_c    double precision,
  humidity_pct     double precision,
  precipitation_mm double precision,
  wind_speed_kmh   double precision
);

-- The observations of the last days, for SQL and charts, one for each location and instant: of two, the one
-- that came to Kafka last. Days are partitions, made and dropped by roll_recent_observations. All rows are in
-- the lake.
create table recent_observations (
  location         text             not null,
  observed_at      timestamptz      not null,
  temperature_c    double precision,
  humidity_pct     double precision,
  precipitation_mm double precision,
  wind_speed_kmh   double precision,
  -- When the record came to Kafka.
  received_at      timestamptz      not null,
  primary key (location, observed_at)
) partition by range (observed_at);

-- Statistics of each location in each window of event time. `count` is of readings. A measure has
-- n = count - missing values; without any, the others of its columns are null. `m2` is the sum of squared
-- distances from the mean, so the variance is m2 / n, and that of a sample m2 / (n - 1). All numbers include
-- late readings.
create table weather_windows (
  location                 text             not null,
  window_start             timestamptz      not null,
  window_seconds           int              not null,
  count                    bigint           not null,
  late_count               bigint           not null,
  anomaly_count            bigint           not null,
  temperature_c_missing    bigint           not null default 0,
  temperature_c_mean       double precision,
  temperature_c_m2         double precision,
  temperature_c_min        double precision,
  temperature_c_max        double precision,
  humidity_pct_missing     bigint           not null default 0,
  humidity_pct_mean        double precision,
  humidity_pct_m2          double precision,
  humidity_pct_min         double precision,
  humidity_pct_max         double precision,
  precipitation_mm_missing bigint           not null default 0,
  precipitation_mm_mean    double precision,
  precipitation_mm_m2      double precision,
  precipitation_mm_min     double precision,
  precipitation_mm_max     double precision,
  wind_speed_kmh_missing   bigint           not null default 0,
  wind_speed_kmh_mean      double precision,
  wind_speed_kmh_m2        double precision,
  wind_speed_kmh_min       double precision,
  wind_speed_kmh_max       double precision,
  last_changed             date             not null default current_date,
  primary key (location, window_start, window_seconds)
);
create index weather_windows_last_changed on weather_windows (last_changed);

-- For each location on a partition: its newest event time, and the moving mean and variance that anomalies
-- are measured against. `missing` are those of its readings that lacked the measure.
create table watched_places (
  partition                 int              not null,
  location                  text             not null,
  newest_at                 timestamptz      not null,
  -- A reading that jumped ahead of `newest_at`, which the next reading has to confirm.
  unconfirmed_at            timestamptz,
  readings                  bigint           not null,
  temperature_c_missing     bigint           not null default 0,
  temperature_c_mean        double precision not null,
  temperature_c_variance    double precision not null,
  humidity_pct_missing      bigint           not null default 0,
  humidity_pct_mean         double precision not null,
  humidity_pct_variance     double precision not null,
  precipitation_mm_missing  bigint           not null default 0,
  precipitation_mm_mean     double precision not null,
  precipitation_mm_variance double precision not null,
  wind_speed_kmh_missing    bigint           not null default 0,
  wind_speed_kmh_mean       double precision not null,
  wind_speed_kmh_variance   double precision not null,
  last_changed              date             not null default current_date,
  primary key (partition, location)
);
create index watched_places_last_changed on watched_places (last_changed);

create table weather_alerts (
  alert_id          bigint           primary key generated always as identity,
  location          text             not null,
  alert_type        text             not null,
  alert_reason      text             not null,
  event_time        timestamptz      not null,
  value             double precision not null,
  threshold         double precision not null,
  raw_json          jsonb            not null,
  retry_count       int              not null default 0,
  created_at        timestamptz      not null default now(),
  -- The Slack outbox: see "Slack" below.
  slack_sent        boolean          not null default false,
  slack_sent_at     timestamptz,
  leased_until      timestamptz,
  slack_claim       uuid,
  slack_message     uuid,
  slack_refusals    int              not null default 0,
  slack_given_up_at timestamptz
);
create index weather_alerts_unsent on weather_alerts (slack_refusals, alert_id)
  where not slack_sent and slack_given_up_at is null;

-- When each type of alert was last raised at a location, in event time.
create table alert_cooldowns (
  location      text not null,
  alert_type    text not null,
  last_alert_at timestamptz,
  last_needed   date not null default current_date,
  primary key (location, alert_type)
);
create index alert_cooldowns_last_needed on alert_cooldowns (last_needed);


-- SLACK
-- Three tables are outboxes of Slack: slack_error_digests, weather_alerts and slack_messages. A sender claims
-- rows with a token of its own (slack_claim) until leased_until. slack_message is the last message that
-- contained the row: on an unsent row, it means that this message may have reached Slack.

-- Messages of workflows. Each key is sent once.
create table slack_messages (
  id                bigint      primary key generated always as identity,
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

-- Each is one message about many errors, which have its id. One at a time is unsent: until then, further
-- errors wait for the next.
create table slack_error_digests (
  id                bigint      primary key generated always as identity,
  -- The types of its errors, at most 200 characters of each.
  error_types       text[]      not null,
  -- The counts that the message shows.
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

-- When Slack was last told of errors of a type, of which these are at most 200 characters.
create table slack_error_pace (
  error_type text        primary key,
  told_at    timestamptz not null
);

-- When the next message may be sent, by any sender. It has one row.
create table slack_pace (
  only_row     boolean     primary key default true check (only_row),
  next_turn_at timestamptz not null default now()
);
insert into slack_pace default values;


-- DAYS

-- How many rows of each event day landed on each ingest date. The partition is part of the key because the
-- batch holds the lock of that partition anyway: counting never waits.
create table landed_days (
  event_date  date   not null,
  ingest_date date   not null,
  topic       text   not null,
  partition   int    not null,
  rows        bigint not null,
  primary key (event_date, ingest_date, topic, partition)
);

-- The current result of each day. The revision grows when a run finds another result.
create table published_days (
  day                  date        primary key,
  revision             int         not null,
  run_id               text        not null,
  rows                 bigint      not null,
  -- A hash of the rows in any order: equal digests mean equal rows.
  digest               text        not null,
  -- What this revision changed, in words.
  changes              jsonb       not null default '[]',
  published_at         timestamptz not null default now(),
  -- When the tables of the lake first showed this revision. Null: they may still show an earlier one.
  catalog_published_at timestamptz,
  -- Kafka records of the day that the run read: `rows`, those of superseded versions, and repeated ones.
  records              bigint,
  -- `superseded_on` the day when the run was checked.
  superseded           text        not null default ''
);

-- What the published result of a day left out, and what replaced it, by file.
create table day_files (
  day          date   not null,
  -- '' for records that came from no file.
  source       text   not null,
  -- Rows of the file for whose location and time a newer row counts, with the same and with other values.
  same_values  bigint not null,
  other_values bigint not null,
  -- The version that this one replaced; null if it replaced none. Then the rows that only this version has,
  -- that only the other one had, and that have other values.
  replaces     text,
  rows_added   bigint,
  rows_removed bigint,
  rows_changed bigint,
  primary key (day, source)
);

-- Runs of the daily job that read raw objects, and of which ingest dates. Nothing merges these meanwhile.
create table lake_reads (
  run_id       text        primary key,
  ingest_dates date[]      not null,
  started_at   timestamptz not null default now()
);

-- Runs of the daily job whose files no longer count, and since when.
create table replaced_runs (
  day         date        not null,
  run_id      text        not null,
  replaced_at timestamptz not null default now(),
  primary key (day, run_id)
);

create table daily_weather_summary (
  day                     date             not null,
  location                text             not null,
  -- The revision of the day in which this row last changed.
  revision                int              not null,
  observations            bigint           not null,
  temperature_c_min       double precision,
  temperature_c_mean      double precision,
  temperature_c_max       double precision,
  temperature_c_stddev    double precision,
  temperature_c_p05       double precision,
  temperature_c_p50       double precision,
  temperature_c_p95       double precision,
  humidity_pct_min        double precision,
  humidity_pct_mean       double precision,
  humidity_pct_max        double precision,
  humidity_pct_stddev     double precision,
  humidity_pct_p05        double precision,
  humidity_pct_p50        double precision,
  humidity_pct_p95        double precision,
  precipitation_mm_min    double precision,
  precipitation_mm_mean   double precision,
  precipitation_mm_max    double precision,
  precipitation_mm_stddev double precision,
  precipitation_mm_p05    double precision,
  precipitation_mm_p50    double precision,
  precipitation_mm_p95    double precision,
  wind_speed_kmh_min      double precision,
  wind_speed_kmh_mean     double precision,
  wind_speed_kmh_max      double precision,
  wind_speed_kmh_stddev   double precision,
  wind_speed_kmh_p05      double precision,
  wind_speed_kmh_p50      double precision,
  wind_speed_kmh_p95      double precision,
  -- Hours of the day in UTC: with rain, and with any observation. `completeness` is hours_seen / 24.
  rain_hours              int              not null,
  hours_seen              int              not null,
  completeness            double precision not null,
  alerts                  bigint           not null,
  first_seen              timestamptz      not null,
  last_seen               timestamptz      not null,
  primary key (day, location)
);


-- FRAUD

-- The answer to each scored transaction and the Kafka record of it, stored before either is sent: a repeated
-- request gets the same answer, and sends the same record if the first request could not.
create table scored_requests (
  transaction_id     text primary key,
  -- A hash of the transaction: it tells a repeated request from another transaction under the same id.
  transaction_sha256 text,
  answer             text not null,
  -- Null once it was sent.
  record             text,
  sent_at            timestamptz,
  scored_on          date not null default current_date
);
create index scored_requests_scored_on on scored_requests (scored_on);

-- The recent activity of each account, as lambdas/fraud/score-transaction keeps it: bounded in size.
create table account_activity (
  account_id   text  primary key,
  activity     jsonb not null default '{}',
  last_changed date  not null default current_date
);
create index account_activity_last_changed on account_activity (last_changed);

-- The scored transactions that arrived on the topic.
create table predictions (
  transaction_id    text             primary key,
  account_id        text             not null,
  amount            double precision not null,
  currency          text             not null,
  merchant_category text             not null,
  country           text             not null,
  channel           text             not null,
  transaction_time  timestamptz      not null,
  features          jsonb            not null,
  score             double precision not null,
  fraud             boolean          not null,
  model_version     text             not null,
  scored_at         timestamptz      not null,
  -- When the prediction arrived here: possibly long after `scored_at`, and after its label.
  recorded_at       timestamptz      not null default now(),
  topic_partition   int              not null,
  topic_offset      bigint           not null,
  -- The model that scored it in shadow, if any. Its score and verdict are null if it could not.
  challenger_version text,
  challenger_score   double precision,
  challenger_fraud   boolean
);
create index predictions_scored_at on predictions (scored_at);
create index predictions_recorded_at on predictions (recorded_at);

-- Whether a transaction was fraud, which is often known days later.
create table labels (
  transaction_id text        primary key,
  is_fraud       boolean     not null,
  labelled_at    timestamptz not null,
  source         text        not null,
  recorded_at    timestamptz not null default now()
);
create index labels_recorded_at on labels (recorded_at);

-- Predictions compared with labels, counted by when the prediction was made. A row depends on predictions and
-- labels alone, and is computed again when labels arrive. docs/adr/0016-labels-and-retraining.md defines
-- `maturity`.
create table model_evaluations (
  scored_from     timestamptz not null,
  model_version   text        not null,
  maturity        text        not null,
  true_positives  bigint      not null,
  false_positives bigint      not null,
  true_negatives  bigint      not null,
  false_negatives bigint      not null,
  -- Grows when new labels change the row.
  revision        int         not null default 1,
  evaluated_at    timestamptz not null default now(),
  primary key (scored_from, model_version, maturity)
);

-- When evaluate-model last looked for new predictions and labels. It has one row, or none before the first
-- run.
create table evaluation_mark (
  is_only   boolean     primary key default true check (is_only),
  looked_at timestamptz not null
);

-- The distribution of each feature in each window of time, over the bins of its model's reference. The
-- partition is part of the key because the batch holds the lock of that partition anyway: counting never
-- waits. The sum over the partitions is the whole.
create table feature_histograms (
  model_version text        not null,
  feature       text        not null,
  window_start  timestamptz not null,
  partition     int         not null,
  counts        bigint[]    not null,
  missing       bigint      not null,
  primary key (model_version, feature, window_start, partition)
);
create index feature_histograms_window_start on feature_histograms (window_start);

-- The scores in each window of time: of all transactions (`all`), and of each segment of a dimension, such as
-- `country` and `DE`. `champion`, `challenger` and `disagreement` are of transactions that a challenger
-- scored too; their segment is its version. The counts are over the bins of the reference's scores.
create table segment_scores (
  model_version     text        not null,
  dimension         text        not null,
  segment           text        not null,
  window_start      timestamptz not null,
  partition         int         not null,
  counts            bigint[]    not null,
  transactions      bigint      not null,
  flagged           bigint      not null,
  -- Sums of scores in millionths: sums of whole numbers do not depend on the order.
  score_sum         bigint      not null,
  flagged_score_sum bigint      not null,
  primary key (model_version, dimension, segment, window_start, partition)
);
create index segment_scores_window_start on segment_scores (window_start);

-- The features of each segment in each window of time, which is longer than those above. The counts are of
-- all features in the order of the model's reference: the bins of each, and then its missing values.
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


-- METRICS
-- Names and labels are declared in lambdas/shared/metrics/metrics.ts.

create table metric_counters (
  name   text   not null,
  labels jsonb  not null default '{}',
  value  bigint not null,
  primary key (name, labels)
);

-- The newest sample of each gauge.
create table metric_gauges (
  name        text             not null,
  labels      jsonb            not null default '{}',
  value       double precision not null,
  observed_at timestamptz      not null,
  primary key (name, labels)
);

-- The metric samples that were accepted, so that a repeated one changes nothing.
create table metric_updates (
  id       text primary key,
  taken_on date not null default current_date
);
create index metric_updates_taken_on on metric_updates (taken_on);

-- A row is a bucket: the values above the next smaller bound, up to `le`. A histogram keeps its counts when
-- its bounds change, because other bounds are other rows.
create table metric_histograms (
  name   text             not null,
  labels jsonb            not null default '{}',
  le     double precision not null,
  count  bigint           not null,
  sum    double precision not null,
  primary key (name, labels, le)
);

-- When each scheduled job last ran. A job that stops raises no failure: only its age shows it.
create table job_runs (
  job_name text        primary key,
  ran_at   timestamptz not null
);


-- THE HISTORY OF THIS SCHEMA

-- The SQL files that migrate-database has applied: `schema`, each migration, and each function by its name.
create table schema_history (
  name       text        primary key,
  -- SHA-256 of the file.
  checksum   text        not null,
  applied_at timestamptz not null default now()
);
