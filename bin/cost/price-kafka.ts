import { assumptions } from './assumptions.ts';
import { bytesPerSecondOf, flowOf, type Load } from './load.ts';
import type { Located, Plant } from './plant.ts';
import { priceNamed } from './prices.ts';
import type { Context, Quantity } from './quantity.ts';
import { daysPerMonth, gbOf, gbPerMonth, hoursPerMonth } from './units.ts';

const kafka = { service: 'MSK', step: 'brokers' } as const;

/** Bytes that all topics keep, without their replicas. */
const keptBytes = ({ topics }: Plant, load: Load): number =>
  topics.reduce(
    (sum, { name, retentionDays }) => sum + bytesPerSecondOf(flowOf(name, load)) * retentionDays * 86_400,
    0,
  );

const bytesIn = ({ topics }: Plant, load: Load): number =>
  topics.reduce((sum, { name }) => sum + bytesPerSecondOf(flowOf(name, load)), 0);

/** Each consumer group reads all of its topic. */
const bytesOut = (plant: Plant, load: Load): number =>
  plant
    .ofType('AWS::Lambda::EventSourceMapping')
    .flatMap(({ properties }) => (properties.Topics ?? []) as string[])
    .reduce((sum, topic) => sum + bytesPerSecondOf(flowOf(topic, load)), 0);

/** Brokers by the hour, with disks (standard) or with what is stored and written (express). */
export function priceCluster(cluster: Located, context: Context): Quantity[] {
  const { BrokerNodeGroupInfo: group, NumberOfBrokerNodes: brokers } = cluster.properties;
  const type: string = group.InstanceType;
  return [
    {
      ...kafka,
      item: `${brokers} brokers ${type}`,
      price: priceNamed(type, cluster.id),
      amount: brokers * hoursPerMonth,
    },
    ...(type.startsWith('express.')
      ? expressStorage(context)
      : [
          {
            ...kafka,
            item: 'disks of the brokers',
            price: 'msk-storage' as const,
            amount: brokers * diskGib(cluster, context),
          },
        ]),
    ...betweenZones(context),
    {
      service: 'CloudWatch',
      step: 'observability',
      item: 'metrics of the brokers',
      price: 'metric',
      amount: paidMetrics(cluster.properties.EnhancedMonitoring, brokers, context.plant),
    },
    {
      service: 'CloudWatch',
      step: 'observability',
      item: 'logs of the brokers',
      price: 'log-ingestion',
      amount: gbOf(assumptions.brokerLogBytesPerDay * daysPerMonth * brokers),
    },
  ];
}

const expressStorage = ({ plant, load }: Context): Quantity[] => [
  { ...kafka, item: 'stored records', price: 'express-storage', amount: gbOf(keptBytes(plant, load)) },
  { ...kafka, item: 'written records', price: 'express-data-in', amount: gbPerMonth(bytesIn(plant, load)) },
];

/** A cluster without brokers of its own: by partitions, and by what is written, read and stored. */
export function priceServerlessCluster(_: Located, context: Context): Quantity[] {
  const { plant, load } = context;
  const partitions = plant.topics.reduce((sum, topic) => sum + topic.partitions, 0);
  return [
    { ...kafka, item: 'serverless cluster', price: 'serverless-cluster', amount: hoursPerMonth },
    { ...kafka, item: 'partitions', price: 'serverless-partition', amount: partitions * hoursPerMonth },
    { ...kafka, item: 'stored records', price: 'serverless-storage', amount: gbOf(keptBytes(plant, load)) },
    {
      ...kafka,
      item: 'written records',
      price: 'serverless-data-in',
      amount: gbPerMonth(bytesIn(plant, load)),
    },
    {
      ...kafka,
      item: 'read records',
      price: 'serverless-data-out',
      amount: gbPerMonth(bytesOut(plant, load)),
    },
    ...betweenZones(context),
  ];
}

/** Clients and brokers both pay; traffic between brokers is free. */
const betweenZones = ({ plant, load }: Context): Quantity[] => [
  {
    ...kafka,
    item: 'traffic between zones',
    price: 'between-zones',
    amount: 2 * assumptions.shareBetweenZones * gbPerMonth(bytesIn(plant, load) + bytesOut(plant, load)),
  },
];

/** The disk of one broker: as configured, or as auto-scaling has grown it to hold what is kept. */
function diskGib(cluster: Located, { plant, load }: Context): number {
  const { BrokerNodeGroupInfo: group, NumberOfBrokerNodes: brokers } = cluster.properties;
  const configured: number = group.StorageInfo.EBSStorageInfo.VolumeSize;
  const [policy] = plant.ofType('AWS::ApplicationAutoScaling::ScalingPolicy');
  const target = policy?.properties.TargetTrackingScalingPolicyConfiguration?.TargetValue;
  if (target === undefined) return configured;
  return Math.max(configured, gbOf(replicatedBytes(plant, load) / brokers) / (target / 100));
}

export const replicatedBytes = ({ topics }: Plant, load: Load): number =>
  topics.reduce(
    (sum, { name, retentionDays, replicationFactor }) =>
      sum + bytesPerSecondOf(flowOf(name, load)) * retentionDays * 86_400 * replicationFactor,
    0,
  );

/**
 * Metrics that cost money at a monitoring level.
 * @see https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html
 */
function paidMetrics(level: string, brokers: number, plant: Plant): number {
  const perBroker = 47 * brokers;
  const perTopicAndBroker = 3 * brokers * plant.topics.length;
  const partitionsOf = new Map(plant.topics.map(({ name, partitions }) => [name, partitions]));
  const perGroupAndPartition =
    2 *
    plant
      .ofType('AWS::Lambda::EventSourceMapping')
      .flatMap(({ properties }) => (properties.Topics ?? []) as string[])
      .reduce((sum, topic) => sum + (partitionsOf.get(topic) ?? 0), 0);
  switch (level) {
    case 'PER_BROKER':
      return perBroker;
    case 'PER_TOPIC_PER_BROKER':
      return perBroker + perTopicAndBroker;
    case 'PER_TOPIC_PER_PARTITION':
      return perBroker + perTopicAndBroker + perGroupAndPartition;
    default:
      return 0;
  }
}
