-- What each role may do with each table. It runs at every deploy, after the migrations and functions. A new
-- table needs a line for each role that uses it. database-roles.ts names the roles; the migrator owns all.
--
-- weather   ingest, land, watch, retry, errors, the daily workflow, Slack
-- fraud     score, monitor, labels, evaluation, drift, retraining
-- metrics   GET /metrics, POST /update_metrics
-- reader    people and tools: everything, and nothing but reading

revoke all on all tables in schema public from isobar_weather, isobar_fraud, isobar_metrics, isobar_reader;

-- The ledger. Each consumer has rows of its own.
grant select, insert, update on applied_offsets, topic_generations to isobar_weather, isobar_fraud;
grant select, insert, update, delete on source_progress, applied_origins, skipped_offsets
   to isobar_weather, isobar_fraud;

-- Files. Those with labels are files too.
grant select, insert, update on ingested_files to isobar_weather, isobar_fraud;
grant select, insert, update, delete on archive_members, file_checkpoints to isobar_weather;

-- Errors, weather, days.
grant select, insert, update on
  error_weather_data, latest_observations, recent_observations, weather_alerts, landed_days, published_days
   to isobar_weather;
grant select, insert, update, delete on
  open_error_counts, weather_windows, watched_places, alert_cooldowns, day_files, lake_reads, replaced_runs,
  daily_weather_summary
   to isobar_weather;

-- Slack. The retraining workflow adds messages.
grant select, insert, update on slack_messages, slack_error_pace to isobar_weather;
grant select, update on slack_pace to isobar_weather;
grant select, insert, update, delete on slack_error_digests to isobar_weather;
grant insert, select (key, id) on slack_messages to isobar_fraud;

-- Fraud.
grant select, insert, update on evaluation_mark to isobar_fraud;
grant select, insert, update, delete on
  scored_requests, account_activity, predictions, labels, model_evaluations, feature_histograms, segment_scores,
  segment_features
   to isobar_fraud;

-- Metrics. The fraud functions delete old ids of samples.
grant select, insert, update on metric_counters, metric_histograms
   to isobar_weather, isobar_fraud, isobar_metrics;
grant select, insert, update on metric_gauges to isobar_metrics;
grant select, insert on metric_updates to isobar_metrics;
grant select, update, delete on metric_updates to isobar_fraud;

-- When jobs last ran.
grant select, insert, update on job_runs to isobar_weather;

-- The state of the pipelines, without the content of rows, messages and transactions.
grant select on applied_offsets, topic_generations, published_days, evaluation_mark, job_runs
   to isobar_metrics;
grant select (partition, newest_at) on watched_places to isobar_metrics;
grant select (id, error_type, processing_status, created_at, slack_digest, slack_sent, slack_given_up_at)
   on error_weather_data to isobar_metrics;
grant select (alert_id, created_at, slack_sent, slack_given_up_at, slack_refusals)
   on weather_alerts to isobar_metrics;
grant select (id, created_at, slack_sent, slack_given_up_at, slack_refusals) on slack_messages to isobar_metrics;
grant select (model_version, scored_at) on predictions to isobar_metrics;

grant select on
  applied_offsets, source_progress, applied_origins, skipped_offsets, ingested_files, archive_members,
  file_checkpoints, error_weather_data, open_error_counts, latest_observations, recent_observations,
  weather_windows, watched_places, weather_alerts, alert_cooldowns, slack_messages, slack_error_digests,
  slack_error_pace, slack_pace, landed_days, published_days, day_files, lake_reads, replaced_runs,
  daily_weather_summary, scored_requests, account_activity, predictions, labels, model_evaluations,
  evaluation_mark, feature_histograms, segment_scores, segment_features, metric_counters, metric_gauges, metric_updates,
  metric_histograms, job_runs, topic_generations
   to isobar_reader;

-- It creates and drops tables with the rights of its owner, so only the function that needs it may call it.
revoke execute on function roll_recent_observations from public;
grant execute on function roll_recent_observations to isobar_weather;
