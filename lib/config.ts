import { plausible } from '../lambdas/shared/wire/limits.ts';
import type { AppConfig, KafkaAccess, Stage, Zones } from './app-config.ts';
import { dailyWorkers } from './capacity.ts';
import { rdsCaFile } from './rds-root-cas.ts';

const plaintext: KafkaAccess = {
  auth: 'none',
  port: 9092,
  bootstrapField: 'BootstrapBrokerString',
  clientBroker: 'PLAINTEXT',
};

const iamOverTls: KafkaAccess = {
  auth: 'iam',
  port: 9098,
  bootstrapField: 'BootstrapBrokerStringSaslIam',
  clientBroker: 'TLS',
};

/**
 * Three zones of each region in which MSK, Lambda and RDS run. MSK refuses use1-az3. An account may have only
 * some of the zones of apne1 and apne2: then choose others with `--zones`.
 */
const zonesOf = {
  'us-east-1': ['use1-az1', 'use1-az2', 'use1-az4'],
  'us-east-2': ['use2-az1', 'use2-az2', 'use2-az3'],
  'us-west-2': ['usw2-az1', 'usw2-az2', 'usw2-az3'],
  'eu-west-1': ['euw1-az1', 'euw1-az2', 'euw1-az3'],
  'eu-west-2': ['euw2-az1', 'euw2-az2', 'euw2-az3'],
  'eu-west-3': ['euw3-az1', 'euw3-az2', 'euw3-az3'],
  'eu-central-1': ['euc1-az1', 'euc1-az2', 'euc1-az3'],
  'eu-north-1': ['eun1-az1', 'eun1-az2', 'eun1-az3'],
  'ap-south-1': ['aps1-az1', 'aps1-az2', 'aps1-az3'],
  'ap-northeast-1': ['apne1-az1', 'apne1-az2', 'apne1-az4'],
  'ap-northeast-2': ['apne2-az1', 'apne2-az2', 'apne2-az3'],
  'ap-southeast-1': ['apse1-az1', 'apse1-az2', 'apse1-az3'],
  'ap-southeast-2': ['apse2-az1', 'apse2-az2', 'apse2-az3'],
  'ca-central-1': ['cac1-az1', 'cac1-az2', 'cac1-az4'],
} as const satisfies Record<string, Zones>;

const region = 'us-east-1';

const network = {
  cidr: '10.40.0.0/16',
  zoneIds: zonesOf[region],
  natGateways: 1,
} as const;

const alerts = { tempHighC: 35, tempLowC: -15, rainHeavyMm: 30, windStrongKmh: 80, cooldownMinutes: 30 };

const windows = { seconds: 60, watermarkDelaySeconds: 120, jumpHours: 24, keepDays: 90 };

const anomalies = { alpha: 0.05, thresholdDeviations: 6, warmUpReadings: 30 };

/** Corrections read raw objects of `daily.correctedForDays`; people query curated ones of the last months. */
const infrequentAfterDays = { raw: 60, curated: 180 };

const evaluation = { spanHours: 168 };

const fraud = {
  keepDays: {
    scoredRequests: 35,
    accountActivity: 180,
    metricUpdates: 35,
    predictions: 120,
    labels: 150,
    modelEvaluations: 400,
  },
};

const retraining = {
  days: 90,
  heldOutShare: 0.2,
  leastFrauds: 400,
  // One more fraud found moves an F1 of 0.9 by less than a third of the margin: too little to promote.
  leastHeldOutFrauds: 200,
  promotionMargin: 0.01,
  workers: 2,
};

/** The five attempts take about half an hour. */
const retry = { attempts: 5, firstDelaySeconds: 60, maxDelaySeconds: 900 };

/** In the asset of each function that connects to the database. */
const databaseCaFile = `/var/task/${rdsCaFile}`;

const alerting = {
  forSeconds: {
    ...{ consumers: 300, data: 600, slack: 300, api: 300, kafka: 120, jobs: 300, model: 600, targets: 120 },
  },
  lagSeconds: 300,
  // Longer than the longest delay of a retry.
  queueSeconds: 3_600,
  subscribers: [],
  cloudWatchPeriodSeconds: 300,
  outboxSeconds: 900,
  invalidRowsShare: 0.25,
  scoreSeconds: 1,
  // Two runs may fail; a missed night is told in the morning. The sensor rests two minutes between hours.
  jobSeconds: { evaluation: 3 * 3_600, drift: 15 * 60, daily: 26 * 3_600, sensor: 10 * 60 },
};

/** Times to fire in a demonstration or a test, in place of the minutes of production. */
const shortened = <Times extends Readonly<Record<string, number>>>(times: Times): Times =>
  Object.fromEntries(Object.entries(times).map(([name, seconds]) => [name, seconds / 5])) as Times;

const dev: AppConfig = {
  stage: 'dev',
  region,
  capacity: { recordsPerSecond: 100, transactionsPerSecond: 1 },
  network,
  kafka: {
    access: iamOverTls,
    // The smallest size that MSK offers for Kafka 4 is kafka.m5.large, or kafka.m7g.large at a lower price.
    brokerType: 'kafka.m7g.large',
    brokerVolumeGib: 20,
    brokerVolumeLimitGib: 40,
    enhancedMonitoring: 'DEFAULT',
    alertWindowSeconds: 1,
    pollers: { minimum: 1, maximum: 1 },
    topicEpochs: { weatherData: 0, retryData: 0, errorData: 0, transactions: 0 },
    lagAlarmRecords: 100_000,
  },
  database: {
    // The connections of all functions do not fit into a t4g.micro, which has half as many.
    instanceType: 't4g.small',
    storageGib: 20,
    storageLimitGib: 50,
    multiAz: false,
    backupDays: 1,
    maxConnections: 225,
    reservedConnections: 20,
    forceTls: true,
    tlsCaFile: databaseCaFile,
  },
  lake: { versioned: false, incomingDays: 30, infrequentAfterDays, landingWindowSeconds: 10 },
  alerting,
  keepObservationDays: 3,
  analytics: { queryScanLimitGib: 10 },
  functions: { architecture: 'arm64', logLevel: 'DEBUG', logDays: 30, tracing: 'Active' },
  observationLimits: plausible,
  alerts,
  windows,
  anomalies,
  retry,
  sensor: { pollSeconds: 30 },
  daily: {
    graceMinutes: 120,
    waitMinutes: 150,
    pollSeconds: 60,
    minHoursSeen: 0,
    correctedForDays: 14,
    correctionsPerNight: 5,
    workers: 2,
  },
  drift: {
    windowMinutes: 24 * 60,
    bucketSeconds: 600,
    everyMinutes: 5,
    leastTransactions: 500,
    keepDays: 35,
  },
  api: {
    url: `https://{api}.execute-api.${region}.amazonaws.com`,
    requestsPerSecond: 20,
    burstRequests: 10,
  },
  evaluation,
  fraud,
  retraining,
  keepData: false,
};

const prodCapacity = { recordsPerSecond: 1_000, transactionsPerSecond: 20 };

const prod: AppConfig = {
  ...dev,
  stage: 'prod',
  capacity: prodCapacity,
  // A range of its own, so that the networks of two stages can be connected.
  network: { ...network, cidr: '10.41.0.0/16', natGateways: 3 },
  kafka: {
    ...dev.kafka,
    brokerVolumeGib: 100,
    brokerVolumeLimitGib: 1_000,
    pollers: { minimum: 1, maximum: 10 },
    lagAlarmRecords: 1_000_000,
  },
  database: {
    ...dev.database,
    instanceType: 'm7g.large',
    storageGib: 100,
    storageLimitGib: 1_000,
    multiAz: true,
    backupDays: 14,
    maxConnections: 900,
  },
  // Twice as many: late rows of other days are corrected in the same night.
  daily: { ...dev.daily, workers: 2 * dailyWorkers(prodCapacity.recordsPerSecond) },
  api: {
    ...dev.api,
    requestsPerSecond: 1_000,
    burstRequests: 2_000,
    // A prediction takes 16 to 62 ms: 1,000 a second are 62 at once.
    reservedConcurrency: { predict: 100, others: 10 },
  },
  lake: { versioned: true, incomingDays: 90, infrequentAfterDays, landingWindowSeconds: 60 },
  analytics: { queryScanLimitGib: 100 },
  functions: { architecture: 'arm64', logLevel: 'INFO', logDays: 90, tracing: 'Active' },
  keepData: true,
};

const local: AppConfig = {
  ...dev,
  stage: 'local',
  kafka: {
    ...dev.kafka,
    access: plaintext,
    alertWindowSeconds: 0,
    pollers: { minimum: 1, maximum: 10 },
  },
  daily: { ...dev.daily, graceMinutes: 18, waitMinutes: 5, pollSeconds: 2 },
  drift: { ...dev.drift, windowMinutes: 10, bucketSeconds: 10, everyMinutes: 1, leastTransactions: 200 },
  api: { url: '/_aws/execute-api/{api}', requestsPerSecond: 100, burstRequests: 200 },
  lake: { ...dev.lake, landingWindowSeconds: 1 },
  database: { ...dev.database, reservedConnections: 0, forceTls: false, tlsCaFile: '' },
  sensor: { pollSeconds: 5 },
  // `npm start` shows minutes, not days.
  evaluation: { spanHours: 0.25 },
  // Enough to demonstrate and test; too few to judge a model, since one fraud moves F1 by twice the margin.
  retraining: { ...retraining, leastFrauds: 100, leastHeldOutFrauds: 25 },
  functions: { architecture: 'x86_64', logLevel: 'INFO', logDays: 3, tracing: 'PassThrough' },
  retry: { ...retry, firstDelaySeconds: 1, maxDelaySeconds: 4 },
  alerting: {
    ...alerting,
    // The bands alone keep chance out: docs/adr/0015-drift.md.
    forSeconds: { ...shortened(alerting.forSeconds), model: 30 },
    lagSeconds: alerting.lagSeconds / 5,
    outboxSeconds: alerting.outboxSeconds / 5,
    cloudWatchPeriodSeconds: 60,
    // Other programs share the machine.
    scoreSeconds: 5,
    jobSeconds: { ...alerting.jobSeconds, drift: 3 * 60, sensor: 4 * 60 },
  },
};

export const stages: Readonly<Record<Stage, AppConfig>> = { local, dev, prod };

export const stageNames = Object.keys(stages) as readonly Stage[];

/** @throws Error that lists the stages when `name` is none of them. */
export function stageNamed(name: string | undefined): Stage {
  const stage = stageNames.find((known) => known === name);
  if (stage === undefined)
    throw new Error(`Unknown stage "${name ?? ''}": choose one of ${stageNames.join(', ')}.`);
  return stage;
}

/**
 * The configuration in another region, or in other zones.
 * @param zones three zone ids, separated by commas; default: those of the region in the table above
 * @throws Error when the zones are not three ids, or when the region is not in the table and none are given
 */
export function inRegion(config: AppConfig, region: string, zones?: string): AppConfig {
  const ids = zones?.split(',') ?? Object.entries(zonesOf).find(([name]) => name === region)?.[1];
  if (ids === undefined)
    throw new Error(
      `lib/config.ts lists no zones of region ${region}. Name three that MSK offers: --zones id,id,id. ` +
        `Their ids: aws ec2 describe-availability-zones --region ${region}`,
    );
  const [first = '', second = '', third = '', ...more] = ids;
  const isId = (id: string) => /^[a-z]+\d+-az\d+$/.test(id);
  if (new Set(ids).size !== 3 || more.length > 0 || !ids.every(isId))
    throw new Error(`The zones are "${ids.join(',')}". Give three ids of zones, such as use1-az1.`);
  return {
    ...config,
    region,
    network: { ...config.network, zoneIds: [first, second, third] },
    api: { ...config.api, url: config.api.url.replaceAll(config.region, region) },
  };
}

/**
 * The configuration with a dashboard for a QuickSight user or group.
 * @throws Error when the ARN names neither
 */
export function withQuickSight(config: AppConfig, principalArn: unknown): AppConfig {
  if (
    typeof principalArn !== 'string' ||
    !/^arn:aws[\w-]*:quicksight:[\w-]+:\d{12}:(user|group)\/\S+$/.test(principalArn)
  )
    throw new Error(
      `The QuickSight principal is ${principalArn}. It must be the ARN of a user or a group: ` +
        'arn:aws:quicksight:<region>:<account>:user/<namespace>/<name>.',
    );
  return { ...config, analytics: { ...config.analytics, quickSightPrincipalArn: principalArn } };
}
