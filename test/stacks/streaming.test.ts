import { expect, test } from '@jest/globals';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { stages } from '../../lib/config.ts';
import { resourcesOfType, templatesOf } from './synthesized.ts';

const { Streaming: streaming } = templatesOf(stages.prod);
if (streaming === undefined) throw new Error('The app has no streaming stack.');

const [cluster] = resourcesOfType(streaming, 'AWS::MSK::Cluster');

test('on AWS, brokers take TLS with IAM and nothing else', () => {
  expect(cluster?.Properties.ClientAuthentication).toEqual({
    Sasl: { Iam: { Enabled: true } },
    Unauthenticated: { Enabled: false },
  });
  expect(cluster?.Properties.EncryptionInfo.EncryptionInTransit).toEqual({
    ClientBroker: 'TLS',
    InCluster: true,
  });
});

test('in production the brokers outlive their stack', () => {
  expect(cluster?.DeletionPolicy).toBe('Retain');
});

test('a write that is acknowledged is on two brokers, and none but the stack makes topics', () => {
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
    configs: Buffer.from(Properties.Configs, 'base64').toString(),
  }));
  expect(created).toEqual(
    Object.values(topics).map(({ name, partitions, replicationFactor, minInSyncReplicas, retentionMs }) => ({
      name,
      partitions,
      replicationFactor,
      configs: `min.insync.replicas=${minInSyncReplicas}\nretention.ms=${retentionMs}`,
    })),
  );
});

test('the brokers are looked up with the SDK that the runtime carries, not with one fetched during the deploy', () => {
  const [lookup] = resourcesOfType(streaming, 'Custom::KafkaBootstrapBrokers');
  expect(lookup?.Properties.InstallLatestAwsSdk).toBe(false);
});
