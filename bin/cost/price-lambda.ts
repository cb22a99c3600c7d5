import { assumptions } from './assumptions.ts';
import { pollerUnits } from './batches.ts';
import { type ConsumerRuns, consumerRuns, folderOf, functionRuns, isKafkaMapping } from './functions.ts';
import { type Located, type Plant, referenceIn } from './plant.ts';
import { priceNamed } from './prices.ts';
import type { Context, Quantity, Step } from './quantity.ts';
import { daysPerMonth, gbOf, hoursPerMonth, secondsPerMonth } from './units.ts';

const stepOfFolder: Readonly<Record<string, Step>> = {
  'ingest-observations': 'ingest',
  'land-observations': 'land',
  'tidy-observations': 'land',
  'watch-weather': 'watch',
  'show-cloudwatch': 'observability',
  'migrate-database': 'database',
  'prepare-roles': 'database',
  'prepare-topics': 'brokers',
  'rotate-secret': 'database',
};

const stepOfStack: readonly (readonly [end: string, step: Step])[] = [
  ['-weather', 'errors, Slack'],
  ['-fraud', 'fraud'],
  ['-workflows', 'daily summary'],
  ['-storage', 'errors, Slack'],
];

/** The step of a function, or of another resource by its stack. */
export const stepOf = (resource: Located): Step =>
  stepOfFolder[folderOf(resource) ?? ''] ??
  stepOfStack.find(([end]) => resource.stack.endsWith(end))?.[1] ??
  'observability';

/** Requests, time, traces and logs of a function. The functions of the CDK run in a deploy only. */
export function priceFunction(lambda: Located, { plant, load }: Context): Quantity[] {
  const {
    MemorySize: memoryMb,
    Architectures: [architecture = 'x86_64'] = [],
    TracingConfig,
  } = lambda.properties;
  const folder = folderOf(lambda);
  if (folder === undefined) return [];
  const { invocationsPerMonth, secondsPerInvocation } = functionRuns(lambda, plant, load);
  const step = stepOf(lambda);
  return [
    {
      service: 'Lambda',
      step,
      item: `time of ${folder}`,
      price: priceNamed(`lambda-${architecture}`, lambda.id),
      amount: invocationsPerMonth * secondsPerInvocation * (memoryMb / 1_024),
    },
    {
      service: 'Lambda',
      step,
      item: `requests of ${folder}`,
      price: 'lambda-request',
      amount: invocationsPerMonth,
    },
    {
      service: 'X-Ray',
      step: 'observability',
      item: 'traces of functions',
      price: 'trace',
      amount: TracingConfig?.Mode === 'Active' ? tracesPerMonth(invocationsPerMonth) : 0,
    },
    ...logsOf(
      'logs of functions',
      invocationsPerMonth * assumptions.logBytesPerInvocation,
      logDaysOf(plant, `/aws/lambda/${lambda.properties.FunctionName}`),
    ),
  ];
}

/** X-Ray records one request a second, and 5 % of the others. */
export function tracesPerMonth(requestsPerMonth: number): number {
  const everySecond = Math.min(requestsPerMonth, secondsPerMonth);
  return everySecond + 0.05 * (requestsPerMonth - everySecond);
}

export const logsOf = (item: string, bytesPerMonth: number, days: number): Quantity[] => [
  { service: 'CloudWatch', step: 'observability', item, price: 'log-ingestion', amount: gbOf(bytesPerMonth) },
  {
    service: 'CloudWatch',
    step: 'observability',
    item,
    price: 'log-storage',
    amount: gbOf(bytesPerMonth) * (days / daysPerMonth),
  },
];

export const logDaysOf = (plant: Plant, name: string): number =>
  plant.ofType('AWS::Logs::LogGroup').find(({ properties }) => properties.LogGroupName === name)?.properties
    .RetentionInDays ?? 0;

/** Event poller units of Kafka, which a group shares, or the polls of a queue. */
export function priceMapping(mapping: Located, context: Context): Quantity[] {
  const lambda = functionOf(mapping, context.plant);
  const step = lambda === undefined ? 'observability' : stepOf(lambda);
  if (!isKafkaMapping(mapping))
    return [{ service: 'SQS', step, item: 'polls of queues', price: 'sqs-request', amount: pollsPerMonth }];
  return [
    {
      service: 'Lambda',
      step,
      item: `event pollers of ${lambda === undefined ? mapping.id : folderOf(lambda)}`,
      price: 'event-poller-unit',
      amount: shareOfUnits(mapping, context) * hoursPerMonth,
    },
    {
      service: 'CloudWatch',
      step: 'observability',
      item: 'metrics of event source mappings',
      price: 'metric',
      amount: (mapping.properties.MetricsConfig?.Metrics ?? []).reduce(
        (sum: number, group: string) => sum + (metricsOfGroup[group] ?? 0),
        0,
      ),
    },
  ];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
const metricsOfGroup: Readonly<Record<string, number>> = { EventCount: 7, ErrorCount: 2, KafkaMetrics: 5 };

/** Lambda keeps five long polls of 20 s at every queue. */
const pollsPerMonth = (5 * secondsPerMonth) / 20;

const functionOf = ({ stack, properties }: Located, plant: Plant): Located | undefined =>
  plant
    .ofType('AWS::Lambda::Function')
    .find((each) => each.stack === stack && each.id === referenceIn(properties.FunctionName));

/** The mapping's share of the units of its group, by pollers. */
function shareOfUnits(mapping: Located, { plant, load }: Context): number {
  const group = mapping.properties.ProvisionedPollerConfig?.PollerGroupName;
  const runsOf = (each: Located): ConsumerRuns | undefined => {
    const lambda = functionOf(each, plant);
    return lambda && consumerRuns(lambda, each, load);
  };
  const members = plant
    .ofType('AWS::Lambda::EventSourceMapping')
    .filter(
      (each) =>
        isKafkaMapping(each) &&
        (each === mapping ||
          (group !== undefined && each.properties.ProvisionedPollerConfig?.PollerGroupName === group)),
    )
    .map(runsOf)
    .filter((runs) => runs !== undefined);
  const sum = (of: (runs: ConsumerRuns) => number) => members.reduce((total, runs) => total + of(runs), 0);
  const pollers = sum((runs) => runs.pollers);
  const units = pollerUnits(
    pollers,
    sum((runs) => runs.bytesPerSecond),
  );
  return (units * (runsOf(mapping)?.pollers ?? 0)) / pollers;
}
