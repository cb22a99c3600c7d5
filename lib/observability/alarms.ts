import { Aws, Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Metric,
  type MetricProps,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { brokerIds } from '../../lambdas/shared/metrics/cloudwatch-metrics.ts';
import type { AppConfig } from '../app-config.ts';
import type { Targets } from './targets.ts';

/** An alarm on one metric. Each value is compared for `minutes` in a row, or for three of five. */
export interface AlarmSpec {
  readonly id: string;
  /** Without the prefix of project and stage. */
  readonly name: string;
  /** The chapter of docs/runbook.md. */
  readonly runbook: string;
  readonly metric: Pick<MetricProps, 'namespace' | 'metricName' | 'dimensionsMap' | 'statistic'>;
  readonly above?: number;
  readonly below?: number;
  readonly minutes: number;
  /** Into how many periods the minutes fall; by default as many as five. */
  readonly periods?: number;
  /** Whether no data is as bad as a bad value. */
  readonly missingIsBad?: boolean;
}

/** Every alarm on what no single construct owns: the database, the brokers, and limits of functions. */
export const alarmsOn = (targets: Targets, config: AppConfig): AlarmSpec[] => [
  ...targets.timeouts.flatMap(([name, timeoutSeconds]) => onFunction(name, timeoutSeconds)),
  ...targets.queues
    .filter((name) => !name.endsWith('-dead'))
    .map((name) => onQueue(name, config.alerting.queueSeconds)),
  ...targets.rules.map(onRule),
  ...targets.apis.map((name) => onApi(name, config.alerting.scoreSeconds)),
  ...targets.databases.flatMap((name) => onDatabase(name, config)),
  ...targets.clusters.flatMap((name) => onCluster(name, brokerIds(targets))),
  ...targets.groups.flatMap((group) => onGroup(group, targets, config)),
];

export function addAlarm(scope: Construct, stage: string, spec: AlarmSpec): Alarm {
  const { id, name, runbook, metric, above, below = 0, minutes, missingIsBad = false } = spec;
  // A period that CloudWatch keeps, and at most five of them.
  const { periods = Math.min(5, minutes) } = spec;
  return new Alarm(scope, id, {
    alarmName: `isobar-${stage}-${name}`,
    alarmDescription: `docs/runbook.md#${runbook}`,
    metric: new Metric({ ...metric, period: Duration.minutes(minutes / periods) }),
    threshold: above ?? below,
    comparisonOperator:
      above === undefined
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: periods,
    treatMissingData: missingIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
  });
}

/** `isobar-prod-land-observations` without project and stage, as name and as id. */
const short = (name: string): string => name.replace(/^isobar-[a-z]+-?/, '');
const idOf = (name: string): string =>
  short(name).replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());

function onFunction(name: string, timeoutSeconds: number): AlarmSpec[] {
  const metric = { namespace: 'AWS/Lambda', dimensionsMap: { FunctionName: name } };
  return [
    {
      id: `${idOf(name)}Throttles`,
      name: `${short(name)}-throttles`,
      runbook: 'throttles',
      metric: { ...metric, metricName: 'Throttles', statistic: 'Sum' },
      above: 0,
      minutes: 5,
    },
    {
      id: `${idOf(name)}NearTimeout`,
      name: `${short(name)}-near-timeout`,
      runbook: 'near-timeout',
      metric: { ...metric, metricName: 'Duration', statistic: 'Maximum' },
      above: 0.9 * timeoutSeconds * 1_000,
      minutes: 3,
    },
  ];
}

const onQueue = (name: string, seconds: number): AlarmSpec => ({
  id: `${idOf(name)}Age`,
  name: `${short(name)}-age`,
  runbook: 'queue-age',
  metric: {
    namespace: 'AWS/SQS',
    metricName: 'ApproximateAgeOfOldestMessage',
    dimensionsMap: { QueueName: name },
    statistic: 'Maximum',
  },
  above: seconds,
  minutes: 15,
});

/** EventBridge tries a target that does not answer for a day; one that refuses it, once. */
const onRule = (name: string): AlarmSpec => ({
  id: `${idOf(name)}RuleFailed`,
  name: `${short(name)}-rule-failed`,
  runbook: 'rule-failed',
  metric: {
    namespace: 'AWS/Events',
    metricName: 'FailedInvocations',
    dimensionsMap: { RuleName: name },
    statistic: 'Sum',
  },
  above: 0,
  minutes: 5,
});

const onApi = (name: string, seconds: number): AlarmSpec => ({
  id: 'ApiLatency',
  name: 'api-latency',
  runbook: 'api-latency',
  metric: {
    namespace: 'AWS/ApiGateway',
    metricName: 'Latency',
    dimensionsMap: { ApiName: name },
    statistic: 'p99',
  },
  above: seconds * 1_000,
  minutes: 5,
});

const gib = 1024 ** 3;

function onDatabase(name: string, { database }: AppConfig): AlarmSpec[] {
  const metric = { namespace: 'AWS/RDS', dimensionsMap: { DBInstanceIdentifier: name } };
  const shared = { runbook: 'database', minutes: 15 };
  return [
    {
      ...shared,
      id: 'DatabaseStorage',
      name: 'database-storage',
      metric: { ...metric, metricName: 'FreeStorageSpace', statistic: 'Minimum' },
      below: 0.1 * database.storageGib * gib,
    },
    {
      ...shared,
      id: 'DatabaseCpu',
      name: 'database-cpu',
      metric: { ...metric, metricName: 'CPUUtilization', statistic: 'Average' },
      above: 80,
    },
    {
      ...shared,
      id: 'DatabaseConnections',
      name: 'database-connections',
      metric: { ...metric, metricName: 'DatabaseConnections', statistic: 'Maximum' },
      above: 0.8 * database.maxConnections,
    },
  ];
}

/** A serverless cluster shows no brokers, and AWS watches them. */
function onCluster(name: string, brokers: readonly string[]): AlarmSpec[] {
  if (brokers.length === 0) return [];
  const ofCluster = { namespace: 'AWS/Kafka', dimensionsMap: { 'Cluster Name': name } };
  const ofBroker = (broker: string) => ({
    namespace: 'AWS/Kafka',
    dimensionsMap: { 'Cluster Name': name, 'Broker ID': broker },
  });
  return [
    {
      id: 'KafkaOffline',
      name: 'kafka-offline-partitions',
      runbook: 'kafka-partitions',
      metric: { ...ofCluster, metricName: 'OfflinePartitionsCount', statistic: 'Maximum' },
      above: 0,
      minutes: 2,
    },
    {
      id: 'KafkaController',
      name: 'kafka-active-controller',
      runbook: 'kafka-controller',
      // Each broker reports 0 or 1, under no name of its own.
      metric: { ...ofCluster, metricName: 'ActiveControllerCount', statistic: 'Maximum' },
      below: 1,
      minutes: 5,
    },
    ...brokers.flatMap((broker): AlarmSpec[] => [
      {
        id: `KafkaDisk${broker}`,
        name: `kafka-disk-${broker}`,
        runbook: 'kafka-disk',
        metric: { ...ofBroker(broker), metricName: 'KafkaDataLogsDiskUsed', statistic: 'Maximum' },
        above: 80,
        minutes: 15,
      },
      {
        id: `KafkaUnderMinIsr${broker}`,
        name: `kafka-under-min-isr-${broker}`,
        runbook: 'kafka-partitions',
        metric: { ...ofBroker(broker), metricName: 'UnderMinIsrPartitionCount', statistic: 'Maximum' },
        above: 0,
        minutes: 5,
      },
    ]),
  ];
}

function onGroup(
  [group, topic]: readonly [string, string],
  { clusters: [cluster = ''] }: Targets,
  { stage, alerting }: AppConfig,
): AlarmSpec[] {
  return [
    {
      id: `${idOf(group)}LagTime`,
      name: `${group}-lag-time`,
      runbook: 'consumer-lag',
      metric: {
        namespace: 'AWS/Kafka',
        metricName: 'EstimatedMaxTimeLag',
        dimensionsMap: { 'Consumer Group': group, 'Cluster Name': cluster, Topic: topic },
        statistic: 'Maximum',
      },
      above: alerting.lagSeconds,
      minutes: 5,
    },
    {
      id: `${idOf(group)}LagMissing`,
      name: `${group}-lag-missing`,
      runbook: 'consumer-missing',
      // Lambda reports the lag of each mapping that polls, also when it is 0.
      metric: {
        namespace: 'AWS/Lambda',
        metricName: 'OffsetLag',
        dimensionsMap: { FunctionName: `isobar-${stage}-${group}` },
        statistic: 'SampleCount',
      },
      below: 1,
      minutes: 15,
      missingIsBad: true,
    },
  ];
}

/** The ARN of a topic by its name, so that no stack has to import it. */
export const alarmTopicArn = ({ region, stage }: AppConfig): string =>
  `arn:aws:sns:${region}:${Aws.ACCOUNT_ID}:${alarmTopicName(stage)}`;

export const alarmTopicName = (stage: string): string => `isobar-${stage}-alarms`;

/** The topic from which Slack hears of alerts of a managed Prometheus. */
export const prometheusTopicName = (stage: string): string => `isobar-${stage}-prometheus-alerts`;

export const prometheusTopicArn = ({ region, stage }: AppConfig): string =>
  `arn:aws:sns:${region}:${Aws.ACCOUNT_ID}:${prometheusTopicName(stage)}`;

/** The queue of what notify-slack sends without the database. */
export const noticesQueueArn = ({ region, stage }: AppConfig): string =>
  `arn:aws:sqs:${region}:${Aws.ACCOUNT_ID}:isobar-${stage}-slack-notices`;

/** The page of the stage's dashboard in CloudWatch. */
export const dashboardUrl = ({ stage, region }: Pick<AppConfig, 'stage' | 'region'>): string =>
  `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/isobar-${stage}`;
