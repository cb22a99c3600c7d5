/** A query saved in the workgroup. It names the partitions it needs, since Athena bills the data it reads. */
export interface NamedQuery {
  readonly name: string;
  readonly description: string;
  readonly sql: string;
}

export const namedQueries: readonly NamedQuery[] = [
  {
    name: 'hottest-hour-by-city',
    description:
      'The hour with the highest mean temperature of each city, in data of the last 7 days that has a temperature',
    sql: `
SELECT location, hour, round(mean_c, 2) AS mean_c, observations
FROM (
  SELECT location, hour, mean_c, observations,
         row_number() OVER (PARTITION BY location ORDER BY mean_c DESC, hour) AS place
  FROM (
    SELECT location, date_trunc('hour', date_time) AS hour,
           avg(temperature_c) AS mean_c, count(*) AS observations
    FROM raw_observations
    WHERE ingest_date >= current_date - INTERVAL '7' DAY AND temperature_c IS NOT NULL
    GROUP BY location, date_trunc('hour', date_time)
  )
)
WHERE place = 1
ORDER BY mean_c DESC, location`,
  },
  {
    // A row with failed_in has landed; a consumer gave up on it later. Older records have `<key>@<ETag>` as
    // their source, and older errors none. A file without errors is shown by its source.
    name: 'error-rate-by-file',
    description: 'For each file of the last 7 days: the rows that landed, the rows rejected, and their share',
    sql: `
WITH landed AS (
  SELECT regexp_replace(source, '@[^@]*$', '') AS file, count(*) AS landed
  FROM raw_observations
  WHERE ingest_date >= current_date - INTERVAL '7' DAY AND source IS NOT NULL
  GROUP BY regexp_replace(source, '@[^@]*$', '')
), rejected AS (
  SELECT coalesce(regexp_replace(source, '@[^@]*$', ''), file_name) AS file,
         max(file_name) AS file_name, count(*) AS rejected
  FROM error_events
  WHERE error_date >= current_date - INTERVAL '7' DAY
    AND file_name LIKE 'incoming/observations/%'
    AND failed_in IS NULL
  GROUP BY coalesce(regexp_replace(source, '@[^@]*$', ''), file_name)
)
SELECT coalesce(r.file_name, l.file) AS file_name,
       coalesce(landed, 0) AS landed,
       coalesce(rejected, 0) AS rejected,
       round(1e0 * coalesce(rejected, 0) / (coalesce(landed, 0) + coalesce(rejected, 0)), 4) AS error_rate
FROM landed l
FULL JOIN rejected r ON l.file = r.file
ORDER BY error_rate DESC, file_name`,
  },
  {
    name: 'errors-by-type',
    description: 'Number of errors of each type in the last 7 days, with an example',
    sql: `
SELECT error_type, count(*) AS errors, count(DISTINCT file_name) AS files, min(error_reason) AS example
FROM error_events
WHERE error_date >= current_date - INTERVAL '7' DAY
GROUP BY error_type
ORDER BY errors DESC, error_type`,
  },
  {
    name: 'weather-by-day',
    description: 'Daily summary of each city for the finished days of the last 30',
    sql: `
SELECT event_date, location, observations,
       round(temperature_c_min, 2) AS temperature_c_min,
       round(temperature_c_mean, 2) AS temperature_c_mean,
       round(temperature_c_max, 2) AS temperature_c_max,
       completeness, alerts
FROM daily_weather
WHERE event_date >= current_date - INTERVAL '30' DAY
ORDER BY event_date DESC, location`,
  },
  {
    name: 'completeness-by-day',
    description:
      'For each finished day of the last 30: the number of cities, and the share of hours with observations',
    sql: `
SELECT event_date,
       count(*) AS cities,
       sum(observations) AS observations,
       round(avg(completeness), 4) AS completeness,
       min_by(location, completeness) AS most_silent
FROM daily_weather
WHERE event_date >= current_date - INTERVAL '30' DAY
GROUP BY event_date
ORDER BY event_date DESC`,
  },
  {
    name: 'alert-summary',
    description: 'Alerts of each city on the finished days of the last 30, and the day with the most alerts',
    sql: `
SELECT location,
       sum(alerts) AS alerts,
       count_if(alerts > 0) AS days_with_alerts,
       max_by(event_date, alerts) AS worst_day,
       max(temperature_c_max) AS hottest_c,
       max(wind_speed_kmh_max) AS strongest_wind_kmh
FROM daily_weather
WHERE event_date >= current_date - INTERVAL '30' DAY
GROUP BY location
HAVING sum(alerts) > 0
ORDER BY alerts DESC, location`,
  },
  {
    name: 'warmer-than-usual',
    description: 'Finished days of the last 30 that were warmer than the mean of the 7 days before, by city',
    sql: `
SELECT location, event_date, round(mean_c, 2) AS mean_c, round(mean_c - usual_c, 2) AS above_usual_c
FROM (
  SELECT location, event_date, temperature_c_mean AS mean_c,
         avg(temperature_c_mean) OVER (
           PARTITION BY location ORDER BY event_date ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING
         ) AS usual_c
  FROM daily_weather
  WHERE event_date >= current_date - INTERVAL '37' DAY
)
WHERE event_date >= current_date - INTERVAL '30' DAY AND mean_c > usual_c
ORDER BY above_usual_c DESC, location, event_date`,
  },
  {
    name: 'records-landed-twice',
    description: 'Kafka records of the last 7 days that landed more than once; the result must be empty',
    sql: `
SELECT _topic, _partition, _offset, count(*) AS times
FROM raw_observations
WHERE ingest_date >= current_date - INTERVAL '7' DAY
GROUP BY _topic, _partition, _offset
HAVING count(*) > 1
ORDER BY _topic, _partition, _offset`,
  },
  {
    name: 'landed-by-day',
    description:
      'Observations that landed on each of the last 30 days, and their median age on arrival in Kafka',
    sql: `
SELECT ingest_date,
       count(*) AS observations,
       count(DISTINCT location) AS cities,
       count(DISTINCT _partition) AS kafka_partitions,
       approx_percentile(date_diff('second', date_time, _timestamp), 0.5) AS median_age_s
FROM raw_observations
WHERE ingest_date >= current_date - INTERVAL '30' DAY
GROUP BY ingest_date
ORDER BY ingest_date DESC`,
  },
];
