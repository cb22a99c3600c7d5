import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { AppConfig } from '../../lib/app-config.ts';
import { stageNames, stages } from '../../lib/config.ts';
import { onExisting, scram } from '../fixtures/existing-resources.ts';
import { allOfType, functionsOf, templatesOf } from './synthesized.ts';
import { textIn } from './template-text.ts';

const lambdas = join(import.meta.dirname, '../../lambdas');

async function configReaderOf(folder: string) {
  const [config = ''] = globSync(`*/${folder}/config.ts`, { cwd: lambdas });
  const { readConfig } = await import(join(lambdas, config));
  return readConfig;
}

/** The environment of each function, by its name; a value that only the deploy knows reads as in `textIn`. */
function environmentsOf(config: AppConfig): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const templates = templatesOf(config);
  const text = textIn(templates);
  return new Map(
    allOfType(templates, 'AWS::Lambda::Function')
      .filter(({ Properties }) => Properties.FunctionName !== undefined)
      .map(({ Properties: { FunctionName, Environment } }) => [
        FunctionName.replace(`isobar-${config.stage}-`, ''),
        Object.fromEntries(Object.entries(Environment.Variables).map(([name, value]) => [name, text(value)])),
      ]),
  );
}

/** Stands in for a value that only the deploy knows, and is good for a broker list and a URL alike. */
const atDeployTime = 'broker-1:9098,broker-2:9098';

const configs = new Map<string, AppConfig>([
  ...stageNames.map((stage) => [stage, stages[stage]] as const),
  ['prod on what exists', onExisting()],
  ['prod on a cluster with passwords', onExisting({ kafka: { scram } })],
]);

test('each function of lambdas/ is in a stage', () => {
  const deployed = [...configs.values()].flatMap((config) => [...environmentsOf(config).keys()]);
  expect(functionsOf().filter((folder) => !deployed.includes(folder))).toEqual([]);
});

describe.each([...configs])('in stage %s', (stage, config) => {
  const environments = environmentsOf(config);
  const present = functionsOf().filter((folder) => environments.has(folder));
  const deployed = (folder: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(environments.get(folder) ?? {}).map(([name, value]) => [
        name,
        // JSON stays JSON: only the account in it is known to the deploy alone.
        value.includes('<') && !value.startsWith('{') ? atDeployTime : value,
      ]),
    );

  test.each(present)(`${stage}: %s is given every variable that its config.ts requires`, async (folder) => {
    const readConfig = await configReaderOf(folder);
    expect(() => readConfig(deployed(folder))).not.toThrow();
  });

  test.each(present)(`${stage}: %s is given no variable that its code does not read`, async (folder) => {
    const readConfig = await configReaderOf(folder);
    const read = new Set(['POWERTOOLS_SERVICE_NAME', 'LOG_LEVEL']);
    const variables = deployed(folder);
    const noting = new Proxy(variables, {
      get(target, name: string) {
        read.add(name);
        return target[name];
      },
    });
    readConfig(noting);
    expect(Object.keys(variables).filter((name) => !read.has(name))).toEqual([]);
  });
});

/** A copy in which each number is another, so that a test sees which of them a variable holds. */
function withDistinctNumbers<T>(value: T, next = { number: 101 }): T {
  if (typeof value === 'number') return next.number++ as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, withDistinctNumbers(each, next)]),
  ) as T;
}

const { alerts, windows, anomalies, retry, daily, drift, evaluation, fraud, retraining, ...others } =
  stages.prod;
const config: AppConfig = {
  ...others,
  ...withDistinctNumbers({ alerts, windows, anomalies, retry, daily, drift, evaluation, fraud, retraining }),
};

/** What each variable holds, whichever function is given it. */
const expectedValues: Readonly<Record<string, unknown>> = {
  LOG_LEVEL: 'INFO',
  STAGE: 'prod',
  KAFKA_AUTH: 'iam',
  KAFKA_BROKERS: /^<Streaming\.KafkaBootstrapBrokers\w+\.BootstrapBrokerStringSaslIam>$/,
  // database-roles.test.ts says which function has which.
  DATABASE_SECRET_ARN: /^<Storage\.Database(Weather|Fraud|Metrics|Migrator|Postgres)SecretAttachment\w+>$/,
  ROLE_SECRET_ARNS: /^\{"weather":"<Storage\.DatabaseWeatherSecretAttachment\w+>",.+"migrator":"<.+>"\}$/,
  DATABASE_TLS_CA_FILE: '/var/task/rds-ca.pem',
  LAKE_BUCKET: /^<Storage\.LakeBucket\w+>$/,
  CATALOG_DATABASE: 'isobar_prod',
  INCOMING_FILES_QUEUE_URL: /^<Storage\.IncomingFilesQueue\w+>$/,
  SLACK_NUDGE_QUEUE_URL: /^<SlackNudgesQueue\w+>$/,
  SLACK_WEBHOOK_SECRET_ARN: /:secret:isobar\/prod\/slack-webhook$/,
  RETRY_QUEUE_URL: /^<RetriesQueue\w+>$/,
  METRIC_SAMPLES_QUEUE_URL: /^<MetricSamplesQueue[0-9A-F]{8}>$/,
  PREDICT_TOKEN_ARN: /^<ApiPredictTokenSecret\w+>$/,
  METRICS_TOKEN_ARN: /^<ApiMetricsTokenSecret\w+>$/,
  CLOUDWATCH_TOKEN_ARN: /^<ApiCloudWatchTokenSecret\w+>$/,
  CLOUDWATCH_PERIOD_SECONDS: config.alerting.cloudWatchPeriodSeconds,
  CLOUDWATCH_TARGETS: /^\{"account":.+"functions":\["isobar-prod-.+"groups":\[\[.+\]\]\}$/,
  UPDATE_METRICS_TOKEN_ARN: /^<ApiUpdateMetricsTokenSecret\w+>$/,
  UPDATE_METRICS_URL: /^https:\/\/<ApiRest\w+>\.execute-api\.us-east-1\.amazonaws\.com\/v1\/update_metrics$/,

  OBSERVATION_LIMITS: JSON.stringify(config.observationLimits),
  TEMP_HIGH_C: config.alerts.tempHighC,
  TEMP_LOW_C: config.alerts.tempLowC,
  RAIN_HEAVY_MM: config.alerts.rainHeavyMm,
  WIND_STRONG_KMH: config.alerts.windStrongKmh,
  ALERT_COOLDOWN_MINUTES: config.alerts.cooldownMinutes,
  WINDOW_SECONDS: config.windows.seconds,
  WINDOW_KEEP_DAYS: config.windows.keepDays,
  WATERMARK_DELAY_SECONDS: config.windows.watermarkDelaySeconds,
  WATERMARK_JUMP_HOURS: config.windows.jumpHours,
  ANOMALY_ALPHA: config.anomalies.alpha,
  ANOMALY_THRESHOLD_DEVIATIONS: config.anomalies.thresholdDeviations,
  ANOMALY_WARM_UP_READINGS: config.anomalies.warmUpReadings,
  TOPIC_EPOCHS: 'weather-data=0,retry-data=0,error-data=0,transactions=0',
  RETRY_ATTEMPTS: config.retry.attempts,
  RETRY_FIRST_DELAY_SECONDS: config.retry.firstDelaySeconds,
  RETRY_MAX_DELAY_SECONDS: config.retry.maxDelaySeconds,

  DAY_GRACE_MINUTES: config.daily.graceMinutes,
  DAY_WAIT_MINUTES: config.daily.waitMinutes,
  DAY_POLL_SECONDS: config.daily.pollSeconds,
  MIN_HOURS_SEEN: config.daily.minHoursSeen,
  CORRECTED_FOR_DAYS: config.daily.correctedForDays,
  CORRECTIONS_PER_NIGHT: config.daily.correctionsPerNight,

  DRIFT_WINDOW_MINUTES: config.drift.windowMinutes,
  DRIFT_BUCKET_SECONDS: config.drift.bucketSeconds,
  DRIFT_LEAST_TRANSACTIONS: config.drift.leastTransactions,
  DRIFT_KEEP_DAYS: config.drift.keepDays,
  EVALUATION_SPAN_HOURS: config.evaluation.spanHours,
  KEEP_SCORED_REQUESTS_DAYS: config.fraud.keepDays.scoredRequests,
  KEEP_ACCOUNT_ACTIVITY_DAYS: config.fraud.keepDays.accountActivity,
  KEEP_METRIC_UPDATES_DAYS: config.fraud.keepDays.metricUpdates,
  KEEP_PREDICTIONS_DAYS: config.fraud.keepDays.predictions,
  KEEP_OBSERVATION_DAYS: config.keepObservationDays,
  KEEP_LABELS_DAYS: config.fraud.keepDays.labels,
  KEEP_MODEL_EVALUATIONS_DAYS: config.fraud.keepDays.modelEvaluations,
  TRAINING_DAYS: config.retraining.days,
  TRAINING_HELD_OUT_SHARE: config.retraining.heldOutShare,
  TRAINING_LEAST_FRAUDS: config.retraining.leastFrauds,
  TRAINING_LEAST_HELD_OUT_FRAUDS: config.retraining.leastHeldOutFrauds,
  PROMOTION_MARGIN: config.retraining.promotionMargin,
};

const environments = environmentsOf(config);

const present = functionsOf().filter((folder) => environments.has(folder));

test.each(present)('each variable of %s holds the value that its name promises', (folder) => {
  const { POWERTOOLS_SERVICE_NAME, ...variables } = environments.get(folder) ?? {};
  expect(POWERTOOLS_SERVICE_NAME).toBe(folder);
  for (const [name, value] of Object.entries(variables)) {
    const expected = expectedValues[name];
    const pattern = expected instanceof RegExp ? expect.stringMatching(expected) : String(expected);
    expect([name, value]).toEqual([name, pattern]);
  }
});

test('every expected variable is given to some function', () => {
  const given = new Set([...environments.values()].flatMap((variables) => Object.keys(variables)));
  expect(Object.keys(expectedValues).filter((name) => !given.has(name))).toEqual([]);
});
