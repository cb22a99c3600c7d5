import { ownMetrics } from '../../lambdas/fraud/shared/own-metrics.ts';
import {
  type CloudWatchMetric,
  type CloudWatchTargets,
  cloudWatchMetrics,
} from '../../lambdas/shared/metrics/cloudwatch-metrics.ts';
import { assumptions } from './assumptions.ts';
import { folderOf } from './functions.ts';
import type { Load } from './load.ts';
import { measured } from './measured.ts';
import { type Located, type Plant, textOf } from './plant.ts';
import { logDaysOf, logsOf, stepOf, tracesPerMonth } from './price-lambda.ts';
import type { Context, Pricer, Quantity } from './quantity.ts';
import { daysPerMonth, gbOf, hoursPerMonth, secondsPerMonth } from './units.ts';
import { workflowRuns } from './workflow-runs.ts';

export const priceNatGateway: Pricer = (_, { plant }) => [
  { service: 'VPC', step: 'network', item: 'NAT gateways', price: 'nat-gateway', amount: hoursPerMonth },
  {
    service: 'VPC',
    step: 'network',
    item: 'traffic of NAT gateways',
    price: 'nat-data',
    amount: gbOf(assumptions.natBytesPerMonth) / plant.ofType('AWS::EC2::NatGateway').length,
  },
];

export const priceAddress: Pricer = () => [
  {
    service: 'VPC',
    step: 'network',
    item: 'public addresses',
    price: 'public-address',
    amount: hoursPerMonth,
  },
];

/** A gateway endpoint is free; an interface has a price in each zone. */
export const priceEndpoint: Pricer = ({ properties }) =>
  properties.VpcEndpointType === 'Interface'
    ? [
        {
          service: 'VPC',
          step: 'network',
          item: 'interface endpoints',
          price: 'interface-endpoint',
          amount: properties.SubnetIds.length * hoursPerMonth,
        },
      ]
    : [];

export const priceAlarm: Pricer = () => [
  { service: 'CloudWatch', step: 'observability', item: 'alarms', price: 'alarm', amount: 1 },
];

export const priceDashboard: Pricer = () => [
  { service: 'CloudWatch', step: 'observability', item: 'dashboard', price: 'dashboard', amount: 1 },
  // In the logs of functions, which no resource tells.
  {
    service: 'CloudWatch',
    step: 'observability',
    item: 'own metrics',
    price: 'metric',
    amount: ownMetrics.length,
  },
];

export const priceSecret: Pricer = (secret) => [
  { service: 'Secrets Manager', step: stepOf(secret), item: 'secrets', price: 'secret', amount: 1 },
];

/** A message is sent, and deleted; polls are priced with the mapping. */
export const priceQueue: Pricer = (queue, { load }) => {
  const files = queue.properties.QueueName?.endsWith('-incoming-files') === true;
  return [
    {
      service: 'SQS',
      step: files ? 'ingest' : stepOf(queue),
      item: 'messages',
      price: 'sqs-request',
      amount: files ? (2 * load.recordsPerSecond * secondsPerMonth) / assumptions.rowsPerFile : 0,
    },
  ];
};

export const priceStateMachine: Pricer = (machine, { plant }) => {
  const { executionsPerMonth, transitionsPerExecution } = workflowRuns(machine, plant);
  return [
    {
      service: 'Step Functions',
      step: stepOf(machine),
      item: `transitions of ${textOf(machine.properties.StateMachineName).replace(/^isobar-[a-z\d]+-/, '')}`,
      price: 'state-transition',
      amount: executionsPerMonth * transitionsPerExecution,
    },
  ];
};

/** Glue starts as many workers as the data needs: the time is that of all rows on all cores. */
export const priceJob: Pricer = (job, { plant, load }) => {
  const name: string = job.properties.Name;
  const isDaily = name.endsWith('-daily-summary');
  const machine = plant
    .ofType('AWS::StepFunctions::StateMachine')
    .find(({ properties }) => textOf(properties.DefinitionString).includes(`"${name}"`));
  const runs = machine === undefined ? 0 : workflowRuns(machine, plant).executionsPerMonth;
  const rows = load.recordsPerSecond * 86_400;
  const seconds = isDaily
    ? rows / (measured.sparkRowsPerCoreSecond * coresOfDpu)
    : 2 * assumptions.trainingSeconds;
  return [
    {
      service: 'Glue',
      step: stepOf(job),
      item: `job ${name.replace(/^isobar-[a-z\d]+-/, '')}`,
      price: 'glue-dpu',
      amount: (runs * (2 * assumptions.sparkStartSeconds + seconds)) / 3_600,
    },
  ];
};

/** A worker of type G.1X is a DPU: 4 vCPUs. */
const coresOfDpu = 4;

const apiRequestsPerMonth = ({ predictionsPerSecond }: Load): number =>
  (predictionsPerSecond + 2 / assumptions.scrapeSeconds) * secondsPerMonth;

/** Requests of clients and of a Prometheus, their traces and logs, and metrics by method. */
export function priceApiStage({ properties }: Located, { plant, load }: Context): Quantity[] {
  const requests = apiRequestsPerMonth(load);
  const methods = plant.ofType('AWS::ApiGateway::Method').length;
  const detailed = properties.MethodSettings?.some(
    ({ MetricsEnabled }: { MetricsEnabled?: boolean }) => MetricsEnabled,
  );
  const logs = plant
    .ofType('AWS::Logs::LogGroup')
    .map(({ properties: { LogGroupName } }) => LogGroupName as string)
    .find((name) => name?.endsWith('/api'));
  return [
    { service: 'API Gateway', step: 'fraud', item: 'requests', price: 'api-request', amount: requests },
    {
      service: 'X-Ray',
      step: 'observability',
      item: 'traces of the API',
      price: 'trace',
      amount: properties.TracingEnabled ? tracesPerMonth(requests) : 0,
    },
    {
      service: 'CloudWatch',
      step: 'observability',
      item: 'metrics of the API by method',
      price: 'metric',
      amount: detailed ? methods * metricsOfMethod : 0,
    },
    ...logsOf(
      'logs of the API',
      requests * assumptions.accessLogBytesPerRequest,
      logDaysOf(plant, logs ?? ''),
    ),
    ...metricReads(plant),
  ];
}

/** 4xx and 5xx answers, their number, and two latencies. */
const metricsOfMethod = 5;

/** `GET /metrics/cloudwatch` reads every series once in a period, however often it is asked. */
function metricReads(plant: Plant): Quantity[] {
  const show = plant.ofType('AWS::Lambda::Function').find((each) => folderOf(each) === 'show-cloudwatch');
  if (show === undefined) return [];
  const { CLOUDWATCH_TARGETS, CLOUDWATCH_PERIOD_SECONDS } = show.properties.Environment.Variables;
  const targets: CloudWatchTargets = JSON.parse(textOf(CLOUDWATCH_TARGETS));
  const series = Object.values<CloudWatchMetric>(cloudWatchMetrics).reduce(
    (sum, metric) => sum + metric.series(targets).length,
    0,
  );
  return [
    {
      service: 'CloudWatch',
      step: 'observability',
      item: 'metrics read for Prometheus',
      price: 'metric-read',
      amount: (series * secondsPerMonth) / Number(CLOUDWATCH_PERIOD_SECONDS),
    },
  ];
}

/** The collector of the brokers' metrics; each sample once in 30 s. */
export const priceScraper: Pricer = (_, { plant }) => {
  const brokers = plant
    .ofType('AWS::MSK::Cluster')
    .reduce((sum, { properties }) => sum + properties.NumberOfBrokerNodes, 0);
  return [
    {
      service: 'Prometheus',
      step: 'observability',
      item: 'collector',
      price: 'prometheus-collector',
      amount: hoursPerMonth,
    },
    {
      service: 'Prometheus',
      step: 'observability',
      item: 'samples',
      price: 'prometheus-sample',
      amount: (brokers * seriesOfBroker * daysPerMonth * 86_400) / 30,
    },
  ];
};

/** About what the JMX exporter of a broker with these topics shows. */
const seriesOfBroker = 3_000;

export const priceGrafana: Pricer = () => [
  { service: 'Grafana', step: 'observability', item: 'one editor', price: 'grafana-editor', amount: 1 },
];

export const priceWebAcl: Pricer = ({ properties }, { load }) => [
  { service: 'WAF', step: 'network', item: 'web ACL', price: 'web-acl', amount: 1 },
  {
    service: 'WAF',
    step: 'network',
    item: 'rules of the web ACL',
    price: 'web-acl-rule',
    amount: properties.Rules.length,
  },
  {
    service: 'WAF',
    step: 'network',
    item: 'requests to the web ACL',
    price: 'web-acl-request',
    amount: apiRequestsPerMonth(load),
  },
];

/** A line for each connection of each interface in ten minutes. */
export const priceFlowLog: Pricer = ({ properties }, { plant }) => {
  const bytesPerDay =
    properties.TrafficType === 'ALL'
      ? assumptions.flowLogBytesPerDay
      : assumptions.rejectedFlowLogBytesPerDay;
  const group = plant
    .ofType('AWS::Logs::LogGroup')
    .find(({ properties: { LogGroupName } }) => String(LogGroupName).endsWith('/flow-logs'));
  return logsOf('flow logs', bytesPerDay * daysPerMonth, group?.properties.RetentionInDays ?? 0);
};
