import { describe, expect, test } from '@jest/globals';
import { billFor, perMillionRecords, totalsBy } from '../../../../bin/cost/bill.ts';
import type { Resource } from '../../../../bin/cost/plant.ts';
import { cluster, kafkaMapping, lambda, rule, templatesWith, topic } from './templates.ts';

const load = { recordsPerSecond: 1_000, predictionsPerSecond: 0 };

/** Each item of the bill as `[item, idle, with load]`, in whole cents. */
function itemsOf(resources: Readonly<Record<string, Resource>>, given = load, stack?: string) {
  return billFor(templatesWith(resources, stack), given).lines.map(({ item, idleUsd, loadedUsd }) => [
    item,
    Math.round(idleUsd * 100) / 100,
    Math.round(loadedUsd * 100) / 100,
  ]);
}

// Every amount below was worked out by hand from the list prices: a month has 730 hours, 2,628,000 seconds.
describe('by hand', () => {
  test('three brokers kafka.m7g.large with disks of 200 GiB', () => {
    expect(itemsOf({ Kafka: cluster('kafka.m7g.large', { gib: 200 }) })).toEqual([
      // 3 × 730 h × $0.204
      ['3 brokers kafka.m7g.large', 446.76, 446.76],
      // 3 × 200 GB × $0.10
      ['disks of the brokers', 60, 60],
      // 3 × 5 MB × 30.4 days / 1024³ × $0.50
      ['logs of the brokers', 0.21, 0.21],
    ]);
  });

  test('express brokers, by what is written and kept', () => {
    expect(itemsOf({ Kafka: cluster('express.m7g.large'), Weather: topic('weather-data', 10, 7) })).toEqual([
      // 3 × 730 h × $0.408
      ['3 brokers express.m7g.large', 893.52, 893.52],
      // 1,000 × 28 B × 604,800 s = 15.77 GB, without replicas, × $0.10
      ['stored records', 0, 1.58],
      // 28,000 B × 2,628,000 s = 68.53 GB; 2/3 of it between zones, paid twice: 91.37 × $0.01
      ['traffic between zones', 0, 0.91],
      // 68.53 GB × $0.01
      ['written records', 0, 0.69],
      ['logs of the brokers', 0.21, 0.21],
    ]);
  });

  test('a serverless cluster, by partitions and by what is written, read and kept', () => {
    expect(
      itemsOf({
        Kafka: { Type: 'AWS::MSK::ServerlessCluster' },
        Weather: topic('weather-data', 10, 7),
      }),
    ).toEqual([
      // 730 h × $0.75
      ['serverless cluster', 547.5, 547.5],
      // 10 × 730 h × $0.0015
      ['partitions', 10.95, 10.95],
      // 68.53 GB × $0.10
      ['written records', 0, 6.85],
      ['stored records', 0, 1.58],
      ['traffic between zones', 0, 0.91],
    ]);
  });

  test('the metrics of brokers at the most detailed level', () => {
    const resources = {
      Kafka: cluster('kafka.m7g.large', { monitoring: 'PER_TOPIC_PER_PARTITION' }),
      Weather: topic('weather-data', 10, 7),
      Land: lambda('land-observations', 1_769),
      Mapping: kafkaMapping('Land', 'weather-data'),
    };
    // 47 × 3 brokers + 3 × 3 brokers × 1 topic + 2 × 1 group × 10 partitions = 170 × $0.30
    expect(itemsOf(resources)).toContainEqual(['metrics of the brokers', 51, 51]);
  });

  test('five mappings with a poller each share one event poller unit', () => {
    const resources = Object.fromEntries(
      ['a', 'b', 'c', 'd', 'e'].flatMap((name) => [
        [name, lambda(name, 512)],
        [`${name}-mapping`, kafkaMapping(name, 'retry-data')],
      ]),
    );
    // 730 h × $0.185 / 5
    expect(itemsOf(resources)).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((name) => [`event pollers of ${name}`, 27.01, 27.01]),
    );
  });

  test('a mapping outside of the group pays for a unit of its own', () => {
    expect(
      itemsOf({
        A: lambda('a', 512),
        MappingA: kafkaMapping('A', 'retry-data'),
        B: lambda('b', 512),
        MappingB: kafkaMapping('B', 'retry-data', { group: 'other' }),
      }),
    ).toEqual([
      ['event pollers of a', 135.05, 135.05],
      ['event pollers of b', 135.05, 135.05],
    ]);
  });

  test('a function that lands full batches', () => {
    const resources = {
      Land: lambda('land-observations', 1_769),
      Mapping: kafkaMapping('Land', 'weather-data', { windowSeconds: 60 }),
    };
    // 1,000/s in files of 10,000 and a window of 60 s: 0.1 full batches a second, 262,800 a month.
    // Each: 10,000 × 9.8 µs + 55 ms + 150 ms = 0.303 s; × 1.7275 GB × $0.0000133334 = $1.834; requests $0.053
    expect(itemsOf(resources)).toEqual([
      ['event pollers of land-observations', 135.05, 135.05],
      ['time of land-observations', 0, 1.83],
      // 262,800 × 1,000 B = 0.245 GB × $0.50; nothing keeps them
      ['logs of functions', 0, 0.12],
      ['requests of land-observations', 0, 0.05],
    ]);
  });

  test('a function on a schedule, with its traces and logs', () => {
    const measure = lambda('measure-drift', 512);
    const resources = {
      Measure: { ...measure, Properties: { ...measure.Properties, TracingConfig: { Mode: 'Active' } } },
      Logs: {
        Type: 'AWS::Logs::LogGroup',
        Properties: { LogGroupName: '/aws/lambda/isobar-test-measure-drift', RetentionInDays: 730 },
      },
      Rule: rule({ 'Fn::GetAtt': ['Measure', 'Arn'] }, 'rate(1 minute)'),
    };
    expect(itemsOf(resources, load, 'isobar-test-fraud')).toEqual([
      // 43,800 × $0.000005
      ['traces of functions', 0.22, 0.22],
      // 43,800 × 1,000 B = 0.0408 GB: × $0.50, and × 24 months × $0.03
      ['logs of functions', 0.05, 0.05],
      // 43,800 × 0.15 s × 0.5 GB × $0.0000133334
      ['time of measure-drift', 0.04, 0.04],
      // 43,800 × $0.0000002
      ['requests of measure-drift', 0.01, 0.01],
    ]);
  });

  test('a database with a standby, whose storage grows with the recent observations', () => {
    const database: Resource = {
      Type: 'AWS::RDS::DBInstance',
      Properties: {
        DBInstanceClass: 'db.m7g.large',
        MultiAZ: true,
        AllocatedStorage: '100',
        MaxAllocatedStorage: 1_000,
      },
    };
    // 2 × 730 h × $0.168; 2 × 100 GB × $0.115
    expect(itemsOf({ database })).toEqual([
      ['db.m7g.large in two zones', 245.28, 245.28],
      ['storage', 23, 23],
    ]);
    // 10,000/s × 259,200 s × 145 B = 350.03 GB / 0.9 = 388.92 GB; × 2 × $0.115
    const land = lambda('land-observations', 1_769);
    const Environment = { Variables: { KEEP_OBSERVATION_DAYS: '3' } };
    const resources = { database, Land: { ...land, Properties: { ...land.Properties, Environment } } };
    expect(itemsOf(resources, { ...load, recordsPerSecond: 10_000 })).toContainEqual(['storage', 23, 89.45]);
  });

  test('a NAT gateway with its address, and endpoints', () => {
    expect(
      itemsOf({
        Nat: { Type: 'AWS::EC2::NatGateway' },
        Address: { Type: 'AWS::EC2::EIP' },
        S3: { Type: 'AWS::EC2::VPCEndpoint', Properties: { VpcEndpointType: 'Gateway' } },
        Queues: {
          Type: 'AWS::EC2::VPCEndpoint',
          Properties: { VpcEndpointType: 'Interface', SubnetIds: ['a', 'b', 'c'] },
        },
      }),
    ).toEqual([
      // 730 h × $0.045
      ['NAT gateways', 32.85, 32.85],
      // 3 × 730 h × $0.01
      ['interface endpoints', 21.9, 21.9],
      // 730 h × $0.005
      ['public addresses', 3.65, 3.65],
      // 2 GB × $0.045
      ['traffic of NAT gateways', 0.09, 0.09],
    ]);
  });

  test('alarms, a dashboard and a secret', () => {
    expect(
      itemsOf({
        A: { Type: 'AWS::CloudWatch::Alarm' },
        B: { Type: 'AWS::CloudWatch::Alarm' },
        Dashboard: { Type: 'AWS::CloudWatch::Dashboard' },
        Secret: { Type: 'AWS::SecretsManager::Secret' },
      }),
    ).toEqual([
      // With 21 metrics in the logs of functions.
      ['own metrics', 6.3, 6.3],
      ['dashboard', 3, 3],
      ['secrets', 0.4, 0.4],
      ['alarms', 0.2, 0.2],
    ]);
  });

  test('the queue of dropped files', () => {
    expect(
      itemsOf({
        Ingest: lambda('ingest-observations', 1_769),
        Mapping: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { FunctionName: { Ref: 'Ingest' } } },
        Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'isobar-test-incoming-files' } },
      }),
    ).toEqual([
      // 262,800 files × (10,000 × 5.6 µs + 150 ms) × 1.7275 GB × $0.0000133334
      ['time of ingest-observations', 0, 1.25],
      // 5 polls every 20 s: 657,000 × $0.0000004
      ['polls of queues', 0.26, 0.26],
      // 2 × 262,800 × $0.0000004
      ['messages', 0, 0.21],
      ['logs of functions', 0, 0.12],
      ['requests of ingest-observations', 0, 0.05],
    ]);
  });

  test('requests of the API and its metrics', () => {
    const stage: Resource = {
      Type: 'AWS::ApiGateway::Stage',
      Properties: { TracingEnabled: false, MethodSettings: [{ MetricsEnabled: true }] },
    };
    const items = itemsOf(
      { stage, Method: { Type: 'AWS::ApiGateway::Method' } },
      { recordsPerSecond: 0, predictionsPerSecond: 10 },
    );
    // 26,280,000 predictions and 87,600 scrapes × $0.0000035
    expect(items).toContainEqual(['requests', 0.31, 92.29]);
    // 5 × $0.30
    expect(items).toContainEqual(['metrics of the API by method', 1.5, 1.5]);
  });

  test('the daily job of Spark, and the transitions of its workflow', () => {
    const resources = {
      Job: { Type: 'AWS::Glue::Job', Properties: { Name: 'isobar-test-daily-summary' } },
      Machine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          StateMachineName: 'isobar-test-daily',
          DefinitionString: JSON.stringify({
            States: {
              Run: { Type: 'Task', JobName: 'isobar-test-daily-summary' },
              Done: { Type: 'Succeed' },
            },
          }),
        },
      },
      Rule: rule({ Ref: 'Machine' }, 'cron(15 0 * * ? *)'),
    };
    expect(itemsOf(resources).slice(0, 1)).toEqual([
      // 30.4167 × (2 × 60 s + 86,400,000 / (51,400 × 4) s) / 3,600 × $0.44
      ['job daily-summary', 0.45, 2.01],
    ]);
    // 30.4167 × 2 × $0.000025, too little for a cent
    const { lines } = billFor(templatesWith(resources), load);
    expect(lines.find(({ item }) => item === 'transitions of daily')?.idleUsd).toBeCloseTo(0.00152, 5);
  });
});

test('the lake grows until the month of operation, and pays for what its rules move and keep', () => {
  const bucket: Resource = {
    Type: 'AWS::S3::Bucket',
    Properties: {
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: {
        Rules: [
          { Prefix: 'incoming/', ExpirationInDays: 90 },
          {
            Prefix: 'raw/observations/',
            Transitions: [{ StorageClass: 'STANDARD_IA', TransitionInDays: 65 }],
          },
          { NoncurrentVersionExpiration: { NoncurrentDays: 30 } },
        ],
      },
    },
  };
  expect(itemsOf({ bucket })).toEqual([
    // 36,000 B/s: 65 days, 188.29 GB × $0.023; 300 days, 869.04 GB × $0.0125; 22,556 objects × $0.00001
    ['raw Parquet', 0, 15.42],
    // 20,600 B/s × 365 days = 605.03 GB × $0.023
    ['curated Parquet', 0, 13.92],
    // 42,000 B/s × 90 days = 304.16 GB × $0.023
    ['dropped files', 0, 7],
    // 42,000 and 36,000 B/s × 30 days × $0.023
    ['old versions of files', 0, 2.33],
    ['old versions of merged objects', 0, 2],
    // 262,800 × ($0.000005 + $0.0000004)
    ['requests', 0, 1.42],
  ]);
});

test('each batch of landing puts an object for each partition that it has records of', () => {
  const { lines } = billFor(
    templatesWith({
      Land: lambda('land-observations', 1_769),
      Mapping: kafkaMapping('Land', 'weather-data', { windowSeconds: 60 }),
      Weather: topic('weather-data', 10, 7),
      Lake: { Type: 'AWS::S3::Bucket' },
    }),
    load,
  );
  const requests = lines.find(({ step, item }) => step === 'land' && item === 'requests');
  // 0.1 batches × 10 partitions a second: 2,628,000 × ($0.000005 + 2 × $0.0000004)
  expect(requests?.loadedUsd).toBeCloseTo(15.24, 2);
});

test('the disks of brokers with auto-scaling are as large as what is kept needs', () => {
  const items = itemsOf(
    {
      Kafka: cluster('kafka.m7g.large', { gib: 100 }),
      Weather: topic('weather-data', 10, 7),
      Policy: {
        Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
        Properties: { TargetTrackingScalingPolicyConfiguration: { TargetValue: 60 } },
      },
    },
    { ...load, recordsPerSecond: 10_000 },
  );
  // 10,000 × 28 B × 604,800 s = 157.7 GB on each broker, / 0.6 × 3 × $0.10
  expect(items).toContainEqual(['disks of the brokers', 30, 78.86]);
});

test('services and steps add up to the total', () => {
  const bill = billFor(
    templatesWith({ Kafka: cluster('kafka.m7g.large'), Nat: { Type: 'AWS::EC2::NatGateway' } }),
    load,
  );
  for (const key of ['service', 'step'] as const) {
    const sums = [...totalsBy(bill, key).values()];
    expect(sums.reduce((sum, { loadedUsd }) => sum + loadedUsd, 0)).toBeCloseTo(bill.total.loadedUsd);
  }
});

test('a million records cost the whole bill by their number, and add what is not paid anyway', () => {
  const bill = { lines: [], total: { idleUsd: 100, loadedUsd: 362.8 } };
  // 1,000/s are 2,628 million a month
  expect(perMillionRecords(bill, load).usd).toBeCloseTo(0.13805, 5);
  expect(perMillionRecords(bill, load).addedUsd).toBeCloseTo(0.1, 5);
});

test.each<[string, Readonly<Record<string, Resource>>, string]>([
  [
    'resource type',
    { Cache: { Type: 'AWS::ElastiCache::ServerlessCache' } },
    'Cache (AWS::ElastiCache::ServerlessCache)',
  ],
  ['broker', { Kafka: cluster('kafka.m9g.large') }, 'No price is known for kafka.m9g.large (Kafka)'],
  [
    'topic',
    { Kafka: cluster('express.m7g.large'), Topic: topic('orders', 1, 1) },
    'Nothing is known of the topic orders',
  ],
])('an unknown %s is refused by name', (_, resources, message) => {
  expect(() => billFor(templatesWith(resources), load)).toThrow(message);
});
