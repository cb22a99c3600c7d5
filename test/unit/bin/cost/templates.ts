import type { Resource, Templates } from '../../../../bin/cost/plant.ts';

/** The templates of an app that has these resources in one stack. */
export const templatesWith = (
  resources: Readonly<Record<string, Resource>>,
  stack = 'isobar-test-weather',
): Templates => new Map([[stack, { Resources: resources }]]);

export const topic = (name: string, partitions: number, retentionDays: number): Resource => ({
  Type: 'AWS::MSK::Topic',
  Properties: {
    TopicName: name,
    PartitionCount: partitions,
    ReplicationFactor: 3,
    Configs: Buffer.from(`min.insync.replicas=2\nretention.ms=${retentionDays * 86_400_000}`).toString(
      'base64',
    ),
  },
});

export const cluster = (type: string, { gib = 100, monitoring = 'DEFAULT' } = {}): Resource => ({
  Type: 'AWS::MSK::Cluster',
  Properties: {
    NumberOfBrokerNodes: 3,
    EnhancedMonitoring: monitoring,
    BrokerNodeGroupInfo: {
      InstanceType: type,
      StorageInfo: { EBSStorageInfo: { VolumeSize: gib } },
    },
  },
});

export const lambda = (folder: string, memoryMb: number): Resource => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: `isobar-test-${folder}`,
    MemorySize: memoryMb,
    Architectures: ['arm64'],
    TracingConfig: { Mode: 'PassThrough' },
  },
});

export const kafkaMapping = (
  functionId: string,
  topicName: string,
  { batch = 10_000, windowSeconds = 1, maximum = 10, group = 'isobar-test' } = {},
): Resource => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: {
    FunctionName: { Ref: functionId },
    Topics: [topicName],
    BatchSize: batch,
    MaximumBatchingWindowInSeconds: windowSeconds,
    ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: maximum, PollerGroupName: group },
  },
});

export const rule = (target: unknown, schedule: string): Resource => ({
  Type: 'AWS::Events::Rule',
  Properties: { ScheduleExpression: schedule, Targets: [{ Arn: target }] },
});
