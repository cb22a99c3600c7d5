import { beforeEach, expect, test } from '@jest/globals';
import { insertErrors } from '../../../../../lambdas/errors/record-errors/errors-table.ts';
import { readMetricRows } from '../../../../../lambdas/fraud/show-metrics/metric-rows.ts';
import { renderMetrics } from '../../../../../lambdas/fraud/show-metrics/prometheus-text.ts';
import { gaugesTable } from '../../../../../lambdas/fraud/update-metrics/gauges-table.ts';
import { requestMetrics } from '../../../../../lambdas/shared/http/request-metrics.ts';
import { versionOf } from '../../../../../lambdas/shared/incoming/incoming-files.ts';
import { ingestedFiles } from '../../../../../lambdas/shared/incoming/ingested-files-table.ts';
import { recordJobRun } from '../../../../../lambdas/shared/postgres/job-runs-table.ts';
import { workflowMessages } from '../../../../../lambdas/shared/wire/workflow-message.ts';
import { addRowCounts } from '../../../../../lambdas/weather/land-observations/row-counts-by-day-table.ts';
import { countRetries } from '../../../../../lambdas/weather/retry-observations/retry-counters.ts';
import { promtool } from '../../../../fixtures/promtool.ts';
import { parsePrometheusText } from '../../../../unit/lambdas/fraud/show-metrics/parse-prometheus-text.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();
const metrics = connect('metrics');

const textOf = async () => renderMetrics(await readMetricRows(metrics.query)());

/** The values of a metric above 0, by the values of its labels. */
async function valuesOf(name: string): Promise<Record<string, number>> {
  const samples = parsePrometheusText(await textOf()).get(name)?.samples ?? [];
  return Object.fromEntries(
    samples
      .filter(({ value }) => value !== 0)
      .map(({ labels, value }) => [Object.values(labels).join('/'), value]),
  );
}

const anError = (errorType: string) => ({
  errorType,
  errorReason: 'found a, expected b',
  rawRow: 'x',
  timestampMs: Date.now(),
  fileName: 'incoming/observations/a.csv',
  retryCount: 0,
  location: null,
  lineNumber: 1,
  columns: null,
  position: null,
  failedIn: null,
  firstFailedAtMs: null,
  cause: null,
});

beforeEach(async () => {
  for (const table of [
    ...['metric_counters', 'metric_gauges', 'metric_histograms', 'ingested_files', 'error_weather_data'],
    ...['weather_alerts', 'slack_messages', 'applied_offsets', 'watched_places', 'published_days'],
    ...['evaluation_mark', 'predictions', 'job_runs'],
  ])
    await query(`truncate ${table}`);
});

test('a file counts once with its rows, however often its notice is delivered', async () => {
  const files = ingestedFiles({ query });
  const counts = { rowsRead: 10, rowsValid: 6, rowsInvalid: 3, rowsRefused: 1, rowsSkipped: 2 };
  const keys = ['a', 'a', 'b'];
  for (const key of keys) await files.startIngest({ ...versionOf(key, 'e'), readAtMs: 0 });
  expect(await valuesOf('weather_files_total')).toEqual({});
  await Promise.all(keys.map((key) => files.markIngested(versionOf(key, 'e'), counts)));
  await files.markIngested(versionOf('registered by nobody', 'e'), {
    rowsRead: 0,
    rowsValid: 0,
    rowsInvalid: 0,
  });
  expect(await valuesOf('weather_files_total')).toEqual({ '': 3 });
  expect(await valuesOf('weather_file_rows_total')).toEqual({
    valid: 12,
    invalid: 6,
    refused: 2,
    skipped: 4,
  });
});

test('errors count by type in the transaction that stores them, and unknown types count as OTHER', async () => {
  await insertErrors(query, ['DATE_ERROR', 'DATE_ERROR', 'BATCH_FAILED', 'another producer’s'].map(anError));
  await connect('weather')
    .transaction(async (own) => {
      await insertErrors(own, [anError('DATE_ERROR')]);
      throw new Error('rolled back');
    })
    .catch(() => undefined);
  const expected = { DATE_ERROR: 2, BATCH_FAILED: 1, OTHER: 1 };
  expect(await valuesOf('errors_stored_total')).toEqual(expected);
  expect(await valuesOf('dead_letters_open')).toEqual(expected);
  await query(`update error_weather_data set processing_status = 'IGNORED' where error_type = 'DATE_ERROR'`);
  expect(await valuesOf('dead_letters_open')).toEqual({ BATCH_FAILED: 1, OTHER: 1 });
  expect(await valuesOf('errors_stored_total')).toEqual(expected);
});

test('twenty transactions that store errors at once wait for each other only beyond the shards, and lose no count', async () => {
  const stored = Array.from({ length: 20 }, async (_, at) => {
    const { transaction } = connect('weather');
    for (let round = 0; round < 5; round++)
      await transaction(async (own) => {
        await insertErrors(own, [anError(at % 2 ? 'TYPE_ERROR' : 'RANGE_ERROR'), anError('DATE_ERROR')]);
        await insertErrors(own, [anError('BATCH_FAILED'), anError('DATE_ERROR')]);
      });
  });
  await Promise.all(stored);
  expect(await valuesOf('errors_stored_total')).toEqual({
    TYPE_ERROR: 50,
    RANGE_ERROR: 50,
    DATE_ERROR: 200,
    BATCH_FAILED: 100,
  });
});

test('a transaction that holds a counter does not block another that adds to it', async () => {
  const [one, other] = [connect('weather'), connect('weather')];
  await one.transaction(async (own) => {
    await insertErrors(own, [anError('DATE_ERROR')]);
    await other.transaction((query) => insertErrors(query, [anError('DATE_ERROR')]));
  });
  expect(await valuesOf('errors_stored_total')).toEqual({ DATE_ERROR: 2 });
});

test('alerts count by type', async () => {
  await query(
    `insert into weather_alerts (location, alert_type, alert_reason, event_time, value, threshold, raw_json)
     select 'Seoul', type, '', now(), 1, 1, '{}' from unnest(array['TEMP_HIGH', 'ANOMALY', 'TEMP_HIGH']) as t(type)`,
  );
  expect(await valuesOf('weather_alerts_total')).toEqual({ TEMP_HIGH: 2, ANOMALY: 1 });
  expect(await valuesOf('slack_outbox_rows')).toEqual({ alerts: 3 });
});

test('landed rows, objects and bytes add up over batches and partitions', async () => {
  const day = { eventDate: '2024-01-01', ingestDate: '2024-01-02', topic: 'weather-data' };
  await addRowCounts(
    query,
    [3, 4].map((partition) => ({ ...day, partition, rows: 10 })),
    [3, 4].map((partition) => ({ partition, rows: 10, bytes: 700 })),
  );
  await addRowCounts(query, [{ ...day, partition: 3, rows: 5 }], [{ partition: 3, rows: 5, bytes: 300 }]);
  expect(await valuesOf('weather_landed_rows_total')).toEqual({ '': 25 });
  expect(await valuesOf('weather_landed_objects_total')).toEqual({ '': 3 });
  expect(await valuesOf('weather_landed_bytes_total')).toEqual({ '': 1_700 });
});

test('retries count by attempt, and attempts past the last known one together', async () => {
  await countRetries(query, [
    ...[1, 1, 2, 6, 9].map((attempt) => ({ partition: 0, attempt, by: 1 })),
    { partition: 2, attempt: 1, by: 1 },
  ]);
  expect(await valuesOf('weather_retries_total')).toEqual({ '1': 3, '2': 1, more: 2 });
});

test('the outbox shows how much waits for Slack and since when, and 0 when nothing does', async () => {
  await query(
    `insert into slack_messages (key, title, body, footnote, created_at, slack_sent, slack_given_up_at)
     values ('waiting', '', '', '', now() - interval '10 minutes', false, null),
            ('sent', '', '', '', now() - interval '1 hour', true, null),
            ('given up', '', '', '', now() - interval '2 hours', false, now())`,
  );
  expect(await valuesOf('slack_outbox_rows')).toEqual({ messages: 1 });
  const { messages } = await valuesOf('slack_outbox_oldest_age_seconds');
  expect(messages).toBeGreaterThanOrEqual(600);
  expect(messages).toBeLessThan(900);
  expect(await textOf()).toContain('slack_outbox_oldest_age_seconds{outbox="alerts"} 0\n');
});

test('the ledger of the current generation of a topic is shown under the name that brokers know', async () => {
  await query(`insert into topic_generations (topic, cluster, epoch, generation)
               values ('weather-data', 'old', 0, 0), ('weather-data', 'new', 0, 1)`);
  await query(`insert into applied_offsets (consumer, topic, partition, next_offset)
               values ('land-observations', 'weather-data', 3, 42), ('land-observations', 'weather-data@1', 3, 7)`);
  expect(await valuesOf('ledger_next_offset')).toEqual({ 'weather-data/3/land-observations': 7 });
  await query('truncate topic_generations');
});

test('the ledger, the watermarks, the newest day, the jobs and the model have their series', async () => {
  await query(`insert into applied_offsets values ('land-observations', 'weather-data', 3, 42)`);
  await query(
    `insert into watched_places (partition, location, newest_at, readings, temperature_c_mean, temperature_c_variance,
       humidity_pct_mean, humidity_pct_variance, precipitation_mm_mean, precipitation_mm_variance, wind_speed_kmh_mean,
       wind_speed_kmh_variance)
     select 3, location, '2024-01-01 00:00:00Z'::timestamptz + ahead, 1, 0, 0, 0, 0, 0, 0, 0, 0
       from (values ('Seoul', interval '0'), ('Oslo', interval '1 hour')) as places(location, ahead)`,
  );
  await query(
    `insert into published_days (day, revision, run_id, rows, digest) values ('2024-01-01', 1, 'r', 1, 'd')`,
  );
  await query('insert into evaluation_mark (looked_at) values (to_timestamp(1700000000))');
  await query(
    `insert into predictions
     values ('t', 'a', 1, 'EUR', 'grocery', 'DE', 'online', now(), '{}', 0.1, false, 'model-7', now(), now(), 0, 0)`,
  );
  const observedAtMs = Date.now() - 4 * 3_600_000;
  await gaugesTable(metrics.query)([
    { id: 'old', name: 'fraud_model_drift_transactions', labels: {}, value: 5, observedAtMs },
  ]);
  expect(await valuesOf('ledger_next_offset')).toEqual({ 'weather-data/3/land-observations': 42 });
  expect(await valuesOf('weather_newest_event_timestamp_seconds')).toEqual({ '3': 1_704_070_800 });
  expect(await valuesOf('weather_newest_published_day_timestamp_seconds')).toEqual({ '': 1_704_067_200 });
  expect(await valuesOf('fraud_model_info')).toEqual({ 'model-7': 1 });
  expect(await valuesOf('scheduled_job_last_run_timestamp_seconds')).toEqual({
    evaluation: 1_700_000_000,
    drift: observedAtMs / 1_000,
  });
  // The gauge is stale, so it is left out; since when it is stale can still be seen.
  expect(await valuesOf('fraud_model_drift_transactions')).toEqual({});
  expect(await valuesOf('metric_observed_timestamp_seconds')).toEqual({
    fraud_model_drift_transactions: observedAtMs / 1_000,
  });
});

test('the nightly start and the sensor show when they ran last', async () => {
  const startedAt = Date.now() / 1_000 - 1;
  const ran = recordJobRun(query);
  await ran('daily');
  await query(`update job_runs set ran_at = now() - interval '1 day'`);
  await ran('sensor');
  const { daily = 0, sensor = 0, ...others } = await valuesOf('scheduled_job_last_run_timestamp_seconds');
  expect(others).toEqual({});
  expect(sensor).toBeGreaterThan(startedAt);
  expect(daily).toBeLessThan(startedAt - 80_000);
  await ran('daily');
  const again = await valuesOf('scheduled_job_last_run_timestamp_seconds');
  expect(again.daily).toBeGreaterThan(startedAt);
});

test('each feature has the time at which its drift was observed, also when it is measured no more', async () => {
  const [now, before] = [Date.now(), Date.now() - 5 * 3_600_000];
  const drift = (feature: string, observedAtMs: number) => ({
    id: feature,
    name: 'fraud_model_feature_psi',
    labels: { feature },
    value: 0.5,
    observedAtMs,
  });
  await gaugesTable(query)([drift('country', now), drift('channel', before)]);
  // The series of the feature that nobody measures any more ends; its time stays, and its age grows.
  expect(await valuesOf('fraud_model_feature_psi')).toEqual({ country: 0.5 });
  const samples = parsePrometheusText(await textOf()).get('metric_observed_timestamp_seconds')?.samples;
  expect(
    Object.fromEntries(
      samples?.map(({ labels: { metric, feature }, value }) => [`${metric}/${feature}`, value]) ?? [],
    ),
  ).toEqual({
    'fraud_model_feature_psi/country': now / 1_000,
    'fraud_model_feature_psi/channel': before / 1_000,
  });
});

test('a run of a workflow counts once with its outcome and its time, however often its end is reported', async () => {
  const { keepMessage } = workflowMessages(connect('fraud'));
  const startedAt = new Date(Date.now() - 90_000).toISOString();
  const message = (key: string) => ({ key, title: 't', body: 'b', footnote: '' });
  const end = (key: string, outcome: 'succeeded' | 'failed') =>
    keepMessage(message(key), { workflow: 'daily', outcome, startedAt });
  await Promise.all([end('a', 'succeeded'), end('a', 'succeeded'), end('b', 'failed'), end('c', 'failed')]);
  expect(await valuesOf('workflow_runs_total')).toEqual({ 'daily/succeeded': 1, 'daily/failed': 2 });
  const samples = parsePrometheusText(await textOf()).get('workflow_run_duration_seconds')?.samples;
  const daily = samples?.filter(({ labels: { workflow, le } }) => workflow === 'daily' && !le) ?? [];
  const value = (end: string) => daily.find(({ name }) => name.endsWith(end))?.value ?? 0;
  expect(value('_count')).toBe(3);
  expect(value('_sum') / 3).toBeGreaterThanOrEqual(90);
  expect(value('_sum') / 3).toBeLessThan(120);
});

test('requests of monitors are counted apart, so that they do not drown the others', async () => {
  const record = requestMetrics({ query: metrics.query, log: { info: () => {}, error: () => {} } });
  for (const route of ['/metrics', '/metrics', '/healthz', '/predict'] as const)
    await record({ route, method: route === '/predict' ? 'POST' : 'GET', status: 200, seconds: 0.1 });
  expect(await valuesOf('http_requests_total')).toEqual({ '/predict/POST/200': 1 });
  expect(await valuesOf('http_scrapes_total')).toEqual({ '/metrics/200': 2, '/healthz/200': 1 });
});

test('promtool has no complaint about GET /metrics, empty or full', async () => {
  expect(promtool(['check', 'metrics'], await textOf())).toEqual({ code: 0, output: '' });
  await insertErrors(query, [anError('DATE_ERROR')]);
  await ingestedFiles({ query }).markIngested(versionOf('a', 'e'), {
    rowsRead: 1,
    rowsValid: 1,
    rowsInvalid: 0,
  });
  await requestMetrics({ query: metrics.query, log: { info: () => {}, error: () => {} } })({
    ...{ route: '/predict', method: 'POST', status: 200, seconds: 0.1 },
  });
  await gaugesTable(metrics.query)([
    { id: 'g', name: 'fraud_model_recall', labels: { maturity: '7d' }, value: 0.5, observedAtMs: Date.now() },
  ]);
  expect(promtool(['check', 'metrics'], await textOf())).toEqual({ code: 0, output: '' });
});
