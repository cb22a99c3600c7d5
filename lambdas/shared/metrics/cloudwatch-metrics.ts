/** The resources of a stage whose metrics are read from CloudWatch, by the names that CloudWatch knows. */
export interface CloudWatchTargets {
  readonly account: { readonly id: string; readonly region: string };
  readonly functions: readonly string[];
  readonly queues: readonly string[];
  /** Names of state machines. CloudWatch knows them by their ARN. */
  readonly machines: readonly string[];
  readonly apis: readonly string[];
  readonly jobs: readonly string[];
  readonly workGroups: readonly string[];
  readonly databases: readonly string[];
  readonly buckets: readonly string[];
  readonly clusters: readonly string[];
  /** Brokers of the cluster, which count from 1. A serverless cluster shows none. */
  readonly brokers: number;
  /** Kafka consumer groups, each with its topic. */
  readonly groups: readonly (readonly [group: string, topic: string])[];
}

type Statistic = 'Sum' | 'Maximum' | 'Minimum' | 'Average' | 'p99';

/** A metric of CloudWatch that `GET /metrics/cloudwatch` shows and dashboards draw. */
export interface CloudWatchMetric {
  readonly namespace: string;
  readonly metric: string;
  readonly statistic: Statistic;
  /** Dimensions of each series, by CloudWatch's names. */
  readonly series: (targets: CloudWatchTargets) => readonly Readonly<Record<string, string>>[];
  readonly help: string;
  /** How often CloudWatch has a value, where that is not each period. */
  readonly everySeconds?: number;
  /** Whether only AWS has it: the local platform has no MSK, RDS or S3 storage metrics. */
  readonly awsOnly?: boolean;
}

type Series = CloudWatchMetric['series'];

const functions: Series = (targets) => targets.functions.map((FunctionName) => ({ FunctionName }));
const queues: Series = (targets) => targets.queues.map((QueueName) => ({ QueueName }));
const machines: Series = ({ machines: names, account }) =>
  names.map((name) => ({
    StateMachineArn: `arn:aws:states:${account.region}:${account.id}:stateMachine:${name}`,
  }));
const apis: Series = (targets) => targets.apis.map((ApiName) => ({ ApiName }));
const jobs =
  (Type: 'count' | 'gauge'): Series =>
  (targets) =>
    targets.jobs.map((JobName) => ({ JobName, JobRunId: 'ALL', Type }));
const queries =
  (...states: readonly string[]): Series =>
  ({ workGroups }) =>
    workGroups.flatMap((WorkGroup) =>
      states.map((QueryState) => ({ QueryState, QueryType: 'DML', WorkGroup })),
    );
const databases: Series = (targets) => targets.databases.map((name) => ({ DBInstanceIdentifier: name }));
const buckets =
  (StorageType: string): Series =>
  (targets) =>
    targets.buckets.map((BucketName) => ({ BucketName, StorageType }));
/** Of a cluster with brokers. */
const clusters: Series = (targets) =>
  targets.brokers === 0 ? [] : targets.clusters.map((name) => ({ 'Cluster Name': name }));
const brokers: Series = (targets) =>
  targets.clusters.flatMap((name) =>
    brokerIds(targets).map((id) => ({ 'Cluster Name': name, 'Broker ID': id })),
  );
const groups: Series = ({ clusters: [cluster = ''], groups: each }) =>
  each.map(([group, Topic]) => ({ 'Consumer Group': group, 'Cluster Name': cluster, Topic }));

/** As MSK counts them. */
export const brokerIds = ({ brokers: count }: Pick<CloudWatchTargets, 'brokers'>): string[] =>
  Array.from({ length: count }, (_, at) => String(at + 1));

const aws = { awsOnly: true } as const;
/** S3 measures its buckets once a day. */
const daily = { ...aws, everySeconds: 24 * 3_600 } as const;

/** Every metric that is read from CloudWatch. Each series costs money at each read: docs/observability.md. */
export const cloudWatchMetrics = {
  lambdaInvocations: {
    namespace: 'AWS/Lambda',
    metric: 'Invocations',
    statistic: 'Sum',
    series: functions,
    help: 'Invocations of a function in the period.',
  },
  lambdaErrors: {
    namespace: 'AWS/Lambda',
    metric: 'Errors',
    statistic: 'Sum',
    series: functions,
    help: 'Invocations of a function that failed in the period.',
  },
  lambdaThrottles: {
    namespace: 'AWS/Lambda',
    metric: 'Throttles',
    statistic: 'Sum',
    series: functions,
    help: 'Invocations of a function that were throttled in the period.',
  },
  lambdaDuration: {
    namespace: 'AWS/Lambda',
    metric: 'Duration',
    statistic: 'Maximum',
    series: functions,
    help: 'Longest invocation of a function in the period, in milliseconds.',
  },
  lambdaConcurrency: {
    namespace: 'AWS/Lambda',
    metric: 'ConcurrentExecutions',
    statistic: 'Maximum',
    series: functions,
    help: 'Most invocations of a function at one time in the period.',
  },
  queueVisible: {
    namespace: 'AWS/SQS',
    metric: 'ApproximateNumberOfMessagesVisible',
    statistic: 'Maximum',
    series: queues,
    help: 'Messages that wait in a queue.',
  },
  queueAge: {
    namespace: 'AWS/SQS',
    metric: 'ApproximateAgeOfOldestMessage',
    statistic: 'Maximum',
    series: queues,
    help: 'Age of the oldest message of a queue, in seconds.',
  },
  apiRequests: {
    namespace: 'AWS/ApiGateway',
    metric: 'Count',
    statistic: 'Sum',
    series: apis,
    help: 'Requests to the API in the period.',
    ...aws,
  },
  apiServerErrors: {
    namespace: 'AWS/ApiGateway',
    metric: '5XXError',
    statistic: 'Sum',
    series: apis,
    help: 'Requests that the API answered with 5xx in the period.',
    ...aws,
  },
  apiClientErrors: {
    namespace: 'AWS/ApiGateway',
    metric: '4XXError',
    statistic: 'Sum',
    series: apis,
    help: 'Requests that the API answered with 4xx in the period, those of the gateway itself included.',
    ...aws,
  },
  apiLatency: {
    namespace: 'AWS/ApiGateway',
    metric: 'Latency',
    statistic: 'p99',
    series: apis,
    help: '99th percentile of the latency of the API, in milliseconds.',
    ...aws,
  },
  workflowsStarted: {
    namespace: 'AWS/States',
    metric: 'ExecutionsStarted',
    statistic: 'Sum',
    series: machines,
    help: 'Executions of a state machine that started in the period.',
  },
  workflowsSucceeded: {
    namespace: 'AWS/States',
    metric: 'ExecutionsSucceeded',
    statistic: 'Sum',
    series: machines,
    help: 'Executions of a state machine that succeeded in the period.',
  },
  workflowsFailed: {
    namespace: 'AWS/States',
    metric: 'ExecutionsFailed',
    statistic: 'Sum',
    series: machines,
    help: 'Executions of a state machine that failed in the period.',
  },
  workflowsTimedOut: {
    namespace: 'AWS/States',
    metric: 'ExecutionsTimedOut',
    statistic: 'Sum',
    series: machines,
    help: 'Executions of a state machine that timed out in the period.',
  },
  workflowTime: {
    namespace: 'AWS/States',
    metric: 'ExecutionTime',
    statistic: 'Maximum',
    series: machines,
    help: 'Longest execution of a state machine that ended in the period, in milliseconds.',
  },
  jobTime: {
    namespace: 'Glue',
    metric: 'glue.driver.aggregate.elapsedTime',
    statistic: 'Sum',
    series: jobs('count'),
    help: 'Time that a Spark job ran in the period, in milliseconds.',
  },
  jobRecords: {
    namespace: 'Glue',
    metric: 'glue.driver.aggregate.recordsRead',
    statistic: 'Sum',
    series: jobs('count'),
    help: 'Rows that a Spark job read in the period.',
  },
  jobBytes: {
    namespace: 'Glue',
    metric: 'glue.driver.aggregate.bytesRead',
    statistic: 'Sum',
    series: jobs('count'),
    help: 'Bytes that a Spark job read in the period.',
  },
  jobShuffle: {
    namespace: 'Glue',
    metric: 'glue.driver.aggregate.shuffleBytesWritten',
    statistic: 'Sum',
    series: jobs('count'),
    help: 'Bytes that a Spark job shuffled in the period.',
  },
  jobFailedTasks: {
    namespace: 'Glue',
    metric: 'glue.driver.aggregate.numFailedTasks',
    statistic: 'Sum',
    series: jobs('count'),
    help: 'Tasks of a Spark job that failed in the period.',
  },
  queryBytes: {
    namespace: 'AWS/Athena',
    metric: 'ProcessedBytes',
    statistic: 'Sum',
    series: queries('SUCCEEDED', 'FAILED', 'CANCELED'),
    help: 'Bytes that queries scanned in the period, by their state.',
  },
  queryTime: {
    namespace: 'AWS/Athena',
    metric: 'TotalExecutionTime',
    statistic: 'Maximum',
    series: queries('SUCCEEDED'),
    help: 'Longest query in the period, in milliseconds.',
  },
  bucketBytes: {
    namespace: 'AWS/S3',
    metric: 'BucketSizeBytes',
    statistic: 'Average',
    series: buckets('StandardStorage'),
    help: 'Size of a bucket in the storage class Standard, in bytes, once a day.',
    ...daily,
  },
  bucketObjects: {
    namespace: 'AWS/S3',
    metric: 'NumberOfObjects',
    statistic: 'Average',
    series: buckets('AllStorageTypes'),
    help: 'Objects of a bucket, once a day.',
    ...daily,
  },
  databaseCpu: {
    namespace: 'AWS/RDS',
    metric: 'CPUUtilization',
    statistic: 'Average',
    series: databases,
    help: 'CPU of the database, in percent.',
    ...aws,
  },
  databaseStorage: {
    namespace: 'AWS/RDS',
    metric: 'FreeStorageSpace',
    statistic: 'Minimum',
    series: databases,
    help: 'Free storage of the database, in bytes.',
    ...aws,
  },
  databaseConnections: {
    namespace: 'AWS/RDS',
    metric: 'DatabaseConnections',
    statistic: 'Maximum',
    series: databases,
    help: 'Connections to the database.',
    ...aws,
  },
  brokerDisk: {
    namespace: 'AWS/Kafka',
    metric: 'KafkaDataLogsDiskUsed',
    statistic: 'Maximum',
    series: brokers,
    help: "Share of a broker's disk that its data takes, in percent.",
    ...aws,
  },
  brokerCpu: {
    namespace: 'AWS/Kafka',
    metric: 'CpuUser',
    statistic: 'Average',
    series: brokers,
    help: 'CPU of a broker in user space, in percent.',
    ...aws,
  },
  offlinePartitions: {
    namespace: 'AWS/Kafka',
    metric: 'OfflinePartitionsCount',
    statistic: 'Maximum',
    series: clusters,
    help: 'Partitions of the cluster without a leader.',
    ...aws,
  },
  groupTimeLag: {
    namespace: 'AWS/Kafka',
    metric: 'EstimatedMaxTimeLag',
    statistic: 'Maximum',
    series: groups,
    help: 'Time that a consumer group needs to work off its largest backlog, in seconds, as MSK estimates.',
    ...aws,
  },
} as const satisfies Record<string, CloudWatchMetric>;

/** CloudWatch's name as a name for Prometheus: `aws_<namespace>_<metric>_<statistic>`. */
export function prometheusName({
  namespace,
  metric,
  statistic,
}: Pick<CloudWatchMetric, 'namespace' | 'metric' | 'statistic'>): string {
  const parts = [namespace.replace(/^AWS\//, '').toLowerCase(), snakeCase(metric.replace(/^glue\./, ''))];
  return `aws_${parts.join('_')}_${statistic.toLowerCase()}`;
}

/** The dimensions of a series as labels for Prometheus. Of the ARN of a state machine, the name is left. */
export const labelsOf = (dimensions: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(dimensions).map(([name, value]) =>
      name === 'StateMachineArn'
        ? ['state_machine', value.slice(value.lastIndexOf(':') + 1)]
        : [snakeCase(name), value],
    ),
  );

const snakeCase = (name: string): string =>
  name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/[^A-Za-z\d]+/g, '_')
    .toLowerCase();
