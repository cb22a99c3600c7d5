import { expect, test } from '@jest/globals';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { stages } from '../../lib/config.ts';
import { allOfType, resourcesOfType, templatesOf } from './synthesized.ts';
import { textIn } from './template-text.ts';

const templates = templatesOf(stages.prod);
const text = textIn(templates);
const { Streaming: streaming } = templates;
if (streaming === undefined) throw new Error('The app has no streaming stack.');

const [cluster] = resourcesOfType(streaming, 'AWS::MSK::Cluster');

test('on AWS, the brokers accept TLS with IAM and nothing else', () => {
  expect(cluster?.Properties.ClientAuthentication).toEqual({
    Sasl: { Iam: { Enabled: true } },
    Unauthenticated: { Enabled: false },
  });
  expect(cluster?.Properties.EncryptionInfo.EncryptionInTransit).toEqual({
    ClientBroker: 'TLS',
    InCluster: true,
  });
});

test('the brokers report the free metrics, and every alarm on them uses one of these', () => {
  expect(cluster?.Properties.EnhancedMonitoring).toBe('DEFAULT');
  const alarms = allOfType(templates, 'AWS::CloudWatch::Alarm').filter(
    ({ Properties }) => Properties.Namespace === 'AWS/Kafka',
  );
  expect(new Set(alarms.map(({ Properties }) => Properties.MetricName))).toEqual(
    // https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html
    new Set([
      'ActiveControllerCount',
      'EstimatedMaxTimeLag',
      'KafkaDataLogsDiskUsed',
      'OfflinePartitionsCount',
      'UnderMinIsrPartitionCount',
    ]),
  );
});

test('the brokers run Kafka 4.0 without ZooKeeper', () => {
  expect(cluster?.Properties.KafkaVersion).toBe('4.0.x.kraft');
});

test.each(['dev', 'prod'] as const)(
  'the brokers of %s are of a size that MSK offers for Kafka 4',
  (stage) => {
    // The smallest: https://docs.aws.amazon.com/msk/latest/developerguide/broker-instance-sizes.html
    expect(stages[stage].kafka.brokerType).toMatch(/^kafka\.(m5|m7g)\.\w*large$/);
  },
);

test('each of the three zones has a broker, in a private subnet and without a public address', () => {
  const { NumberOfBrokerNodes, BrokerNodeGroupInfo } = cluster?.Properties ?? {};
  expect(NumberOfBrokerNodes).toBe(3);
  expect(BrokerNodeGroupInfo.ClientSubnets.map(text)).toEqual(
    [1, 2, 3].map((zone) => expect.stringContaining(`<Network.VpcPrivateSubnet${zone}Subnet`)),
  );
  expect(BrokerNodeGroupInfo.SecurityGroups.map(text)).toEqual([
    expect.stringMatching(/^<Network\.Brokers\w+\.GroupId>$/),
  ]);
  expect(BrokerNodeGroupInfo.ConnectivityInfo).toBeUndefined();
});

test('in production the brokers are kept when their stack is deleted or they would be replaced', () => {
  expect(cluster).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
});

test('the brokers log to CloudWatch', () => {
  expect(cluster?.Properties.LoggingInfo.BrokerLogs.CloudWatchLogs.Enabled).toBe(true);
});

test('an acknowledged write is on two brokers, and only the stack creates topics', () => {
  const [configuration] = resourcesOfType(streaming, 'AWS::MSK::Configuration');
  expect(configuration?.Properties.ServerProperties.split('\n')).toEqual(
    expect.arrayContaining([
      'auto.create.topics.enable=false',
      'default.replication.factor=3',
      'min.insync.replicas=2',
      'unclean.leader.election.enable=false',
    ]),
  );
});

test('every topic of topics.ts is created as it is declared there', () => {
  const created = resourcesOfType(streaming, 'AWS::MSK::Topic').map(({ Properties }) => ({
    name: Properties.TopicName,
    partitions: Properties.PartitionCount,
    replicationFactor: Properties.ReplicationFactor,
    configs: JSON.parse(Buffer.from(Properties.Configs, 'base64').toString()),
  }));
  expect(created).toEqual(
    Object.values(topics).map(({ name, partitions, replicationFactor, minInSyncReplicas, retentionMs }) => ({
      name,
      partitions,
      replicationFactor,
      // A number here would be refused by MSK.
      configs: { 'min.insync.replicas': `${minInSyncReplicas}`, 'retention.ms': `${retentionMs}` },
    })),
  );
});

test("the look-up of the brokers uses the runtime's own SDK and downloads none during the deploy", () => {
  const [lookup] = resourcesOfType(streaming, 'Custom::KafkaBootstrapBrokers');
  expect(lookup?.Properties.InstallLatestAwsSdk).toBe(false);
});
