import { describe, expect, test } from '@jest/globals';
import { billFor } from '../../bin/cost/bill.ts';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import type { AppConfig } from '../../lib/app-config.ts';
import { stages } from '../../lib/config.ts';
import * as existing from '../fixtures/existing-resources.ts';
import { allOfType, templatesOf } from './synthesized.ts';
import { type Templates, textIn } from './template-text.ts';
import { withApp } from './with-app.ts';

const inVpc = (change: Partial<NonNullable<AppConfig['network']['existing']>> = {}): AppConfig => ({
  ...stages.prod,
  network: existing.onExisting({ network: change }).network,
});

const functionNamed = (templates: Templates, folder: string) =>
  allOfType(templates, 'AWS::Lambda::Function').find(
    ({ Properties }) => Properties.FunctionName === `isobar-prod-${folder}`,
  );

const environmentOf = (templates: Templates, folder: string): Record<string, unknown> =>
  functionNamed(templates, folder)?.Properties.Environment.Variables;

/** What the policies of a function's role allow. */
function statementsOf(templates: Templates, folder: string) {
  const role = functionNamed(templates, folder)?.Properties.Role['Fn::GetAtt'][0];
  return allOfType(templates, 'AWS::IAM::Policy')
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .map(({ Action, Resource }) => ({ actions: [Action].flat(), resources: [Resource].flat() }));
}

/** The resources on which the policies allow an action. */
const allowed = (templates: Templates, folder: string, action: string): unknown[] =>
  statementsOf(templates, folder)
    .filter(({ actions }) => actions.includes(action))
    .flatMap(({ resources }) => resources);

const kafkaMappings = (templates: Templates) =>
  allOfType(templates, 'AWS::Lambda::EventSourceMapping').filter(({ Properties }) => Properties.Topics);

const alarmsOf = (templates: Templates, namespace: string) =>
  allOfType(templates, 'AWS::CloudWatch::Alarm').filter(
    ({ Properties }) => Properties.Namespace === namespace,
  );

const ingress = (templates: Templates) =>
  allOfType(templates, 'AWS::EC2::SecurityGroupIngress').map(({ id, Properties }) => ({
    id,
    group: Properties.GroupId,
    port: Properties.FromPort,
  }));

const load = { recordsPerSecond: 1_000, predictionsPerSecond: 0 };
const linesOf = (templates: Templates, service: string) =>
  billFor(new Map(Object.entries(templates)), load).lines.filter((line) => line.service === service);

const topicArn = (name: string) => `${existing.kafka.clusterArn.replace(':cluster/', ':topic/')}/${name}`;

describe('a VPC that exists', () => {
  const config = inVpc();
  const templates = templatesOf(config);
  const { vpcId, privateSubnetIds, isolatedSubnetIds } = config.network.existing ?? {};

  test('gets security groups, and nothing else of a network', () => {
    const types = new Set(Object.values(templates.Network?.Resources ?? {}).map(({ Type }) => Type));
    expect([...types].sort()).toEqual(['AWS::EC2::SecurityGroup', 'AWS::EC2::SecurityGroupIngress']);
    for (const { Properties } of allOfType(templates, 'AWS::EC2::SecurityGroup'))
      expect(Properties.VpcId).toBe(vpcId);
  });

  test('brokers and functions are in the private subnets, the database in the isolated ones', () => {
    const [cluster] = allOfType(templates, 'AWS::MSK::Cluster');
    expect(cluster?.Properties.BrokerNodeGroupInfo.ClientSubnets).toEqual(privateSubnetIds);
    const inNetwork = allOfType(templates, 'AWS::Lambda::Function').flatMap(({ Properties }) =>
      Properties.VpcConfig === undefined ? [] : [Properties.VpcConfig.SubnetIds],
    );
    expect(new Set(inNetwork.map(String))).toEqual(new Set([String(privateSubnetIds)]));
    const [subnets] = allOfType(templates, 'AWS::RDS::DBSubnetGroup');
    expect(subnets?.Properties.SubnetIds).toEqual(isolatedSubnetIds);
  });

  test('only its outbound addresses may update metrics', () => {
    const [api] = allOfType(templates, 'AWS::ApiGateway::RestApi');
    const denied = api?.Properties.Policy.Statement.find(
      ({ Effect }: { Effect: string }) => Effect === 'Deny',
    );
    expect(denied.Condition).toEqual({ NotIpAddress: { 'aws:SourceIp': ['203.0.113.7'] } });
  });

  test('leaves no gateways to pay for', () => {
    expect(linesOf(templates, 'VPC')).toEqual([]);
  });

  test('every fault is told at once', () => {
    const faulty = inVpc({
      vpcId: 'my-vpc',
      privateSubnetIds: ['subnet-0000000a', 'subnet-0000000a', 'b'],
      outboundAddresses: ['nat'],
    });
    expect(() => withApp(faulty, () => {})).toThrow(
      'network.existing in lib/config.ts cannot be used:\n' +
        '  vpcId is my-vpc: expected vpc-…\n' +
        '  the subnet b is no id: expected subnet-…\n' +
        '  a subnet is named twice: expected three private and three isolated ones\n' +
        '  the outbound address nat is neither an IPv4 address nor a range',
    );
    expect(() => withApp(inVpc({ outboundAddresses: [] }), () => {})).toThrow('outboundAddresses is empty');
  });
});

describe('a provisioned cluster and a database that exist', () => {
  const templates = templatesOf(existing.onExisting());
  const text = textIn(templates);

  test('neither is created, nor what belongs to one', () => {
    const types = Object.values(templates).flatMap(({ Resources }) =>
      Object.values(Resources).map(({ Type }) => Type),
    );
    const ofOwn = /^AWS::MSK::|^AWS::RDS::DB|SecretTargetAttachment|ApplicationAutoScaling/;
    expect(types.filter((type) => ofOwn.test(type))).toEqual([]);
  });

  test('functions are let in by a rule in its security group, and the cluster gets no second rule', () => {
    expect(ingress(templates)).toEqual([
      { id: 'FunctionsToBrokers', group: existing.kafka.securityGroupId, port: 9098 },
      { id: 'FunctionsToDatabase', group: existing.database.securityGroupId, port: 5433 },
    ]);
  });

  test('every consumer reads it, with rights on its topics', () => {
    const arns = kafkaMappings(templates).map(({ Properties }) => Properties.EventSourceArn);
    expect(arns.length).toBeGreaterThan(3);
    expect(new Set(arns)).toEqual(new Set([existing.kafka.clusterArn]));
    expect(allowed(templates, 'land-observations', 'kafka-cluster:ReadData')).toEqual([
      topicArn('weather-data'),
    ]);
  });

  test('its topics are prepared before any other stack, with the right to create them and no more', () => {
    expect(environmentOf(templates, 'prepare-topics').TOPIC_SETTINGS).toBe(
      'retention.ms,min.insync.replicas',
    );
    expect(statementsOf(templates, 'prepare-topics')).toEqual([
      { actions: ['kafka-cluster:Connect'], resources: [existing.kafka.clusterArn] },
      {
        actions: ['kafka-cluster:CreateTopic', 'kafka-cluster:DescribeTopic'],
        resources: Object.values(topics).map(({ name }) => topicArn(name)),
      },
    ]);
    const triggers = allOfType(templates, 'Custom::Trigger').filter(({ stack }) => stack === 'Streaming');
    expect(triggers).toHaveLength(1);
    const after = withApp(existing.onExisting(), (app) =>
      app
        .synth()
        .stacks.filter(({ id }) => ['Weather', 'Fraud', 'Workflows'].includes(id))
        .map(({ dependencies }) => dependencies.map(({ id }) => id)),
    );
    expect(after).toHaveLength(3);
    for (const ids of after) expect(ids).toContain('Streaming');
  });

  test('the alarms watch what exists, each of its six brokers too', () => {
    const dimensions = alarmsOf(templates, 'AWS/Kafka').flatMap(({ Properties }) => Properties.Dimensions);
    const named = (name: string) =>
      new Set(dimensions.filter(({ Name }) => Name === name).map(({ Value }) => Value));
    expect(named('Cluster Name')).toEqual(new Set(['shared']));
    expect(named('Broker ID')).toEqual(new Set(['1', '2', '3', '4', '5', '6']));
    const ofDatabase = alarmsOf(templates, 'AWS/RDS').map(({ Properties }) => Properties.Dimensions[0].Value);
    expect(new Set(ofDatabase)).toEqual(new Set(['shared']));
    const [events] = allOfType(templates, 'AWS::RDS::EventSubscription');
    expect(events?.Properties.SourceIds).toEqual(['shared']);
  });

  test('the functions of the roles connect to the address, with the secret and its key', () => {
    const { masterSecretArn, masterSecretKeyArn } = existing.database;
    for (const folder of ['prepare-roles', 'rotate-secret']) {
      expect(environmentOf(templates, folder)).toMatchObject({
        DATABASE_ADDRESS: 'shared.abcdefghijkl.us-east-1.rds.amazonaws.com:5433/isobar',
        DATABASE_SECRET_ARN: masterSecretArn,
      });
      expect(allowed(templates, folder, 'secretsmanager:GetSecretValue')).toContain(masterSecretArn);
      expect(allowed(templates, folder, 'kms:Decrypt')).toEqual([masterSecretKeyArn]);
    }
  });

  test('the secret of each role has its login and the whole address', () => {
    const secrets = allOfType(templates, 'AWS::SecretsManager::Secret').filter(({ Properties }) =>
      text(Properties.Name).startsWith('isobar/prod/database/'),
    );
    expect(secrets).toHaveLength(5);
    for (const { Properties } of secrets)
      expect(JSON.parse(Properties.GenerateSecretString.SecretStringTemplate)).toEqual({
        username: expect.stringMatching(/^isobar_/),
        engine: 'postgres',
        host: existing.database.host,
        port: 5433,
        dbname: 'isobar',
      });
  });

  test('what one brings is not in the bill, and what uses it is', () => {
    expect(linesOf(templates, 'MSK')).toEqual([]);
    expect(linesOf(templates, 'RDS')).toEqual([]);
    const own = templatesOf(stages.prod);
    for (const service of ['Lambda', 'S3']) {
      const total = (of: Templates) =>
        linesOf(of, service).reduce((sum, { loadedUsd }) => sum + loadedUsd, 0);
      expect(total(templates)).toBeCloseTo(total(own), 2);
      expect(total(own)).toBeGreaterThan(1);
    }
  });
});

describe('a serverless cluster that exists', () => {
  const templates = templatesOf(existing.onExisting({ kafka: { brokers: 'serverless' } }));

  test('functions and pollers log in by IAM', () => {
    expect(environmentOf(templates, 'ingest-observations').KAFKA_AUTH).toBe('iam');
    expect(allowed(templates, 'ingest-observations', 'kafka-cluster:WriteData')).toContain(
      topicArn('weather-data'),
    );
    for (const { Properties } of kafkaMappings(templates))
      expect(Properties.SourceAccessConfigurations).toBeUndefined();
    const [lookup] = allOfType(templates, 'Custom::KafkaBootstrapBrokers');
    expect(JSON.stringify(lookup?.Properties.Update)).toContain('BootstrapBrokerStringSaslIam');
  });

  test('its topics get no setting that it refuses', () => {
    expect(environmentOf(templates, 'prepare-topics').TOPIC_SETTINGS).toBe('retention.ms');
  });

  test('the lag of its consumers is watched, and no brokers', () => {
    const metrics = alarmsOf(templates, 'AWS/Kafka').map(({ Properties }) => Properties.MetricName);
    expect(new Set(metrics)).toEqual(new Set(['EstimatedMaxTimeLag']));
    const [dashboard] = allOfType(templates, 'AWS::CloudWatch::Dashboard');
    expect(JSON.stringify(dashboard?.Properties.DashboardBody)).not.toContain('Broker ID');
  });
});

describe('a cluster with passwords that exists', () => {
  const templates = templatesOf(existing.onExisting({ kafka: { scram: existing.scram } }));
  const using = allOfType(templates, 'AWS::Lambda::Function')
    .filter(({ Properties }) => Properties.Environment?.Variables?.KAFKA_AUTH !== undefined)
    .map(({ Properties }) => Properties.FunctionName.replace('isobar-prod-', ''));

  test('functions and pollers log in with the secret, on its port', () => {
    expect(using.length).toBeGreaterThan(8);
    for (const folder of using)
      expect(environmentOf(templates, folder)).toMatchObject({
        KAFKA_AUTH: 'scram',
        KAFKA_SECRET_ARN: existing.scram.secretArn,
      });
    for (const { Properties } of kafkaMappings(templates))
      expect(Properties.SourceAccessConfigurations).toEqual([
        { Type: 'SASL_SCRAM_512_AUTH', URI: existing.scram.secretArn },
      ]);
    expect(ingress(templates)).toContainEqual({
      id: 'FunctionsToBrokers',
      group: existing.kafka.securityGroupId,
      port: 9096,
    });
  });

  test('each function may read the secret with its key, and has no right of IAM on Kafka', () => {
    for (const folder of using) {
      expect(allowed(templates, folder, 'kms:Decrypt')).toContain(existing.scram.keyArn);
      expect(allowed(templates, folder, 'secretsmanager:GetSecretValue')).toContain(existing.scram.secretArn);
      const actions = statementsOf(templates, folder).flatMap((statement) => statement.actions);
      expect(actions.filter((action) => action.startsWith('kafka-cluster:'))).toEqual([]);
    }
    expect(allowed(templates, 'land-observations', 'kafka:DescribeClusterV2')).toEqual([
      existing.kafka.clusterArn,
    ]);
  });
});

const { kafka, scram, onExisting } = existing;

const message = (config: AppConfig): string => {
  try {
    withApp(config, () => {});
  } catch (error) {
    return (error as Error).message;
  }
  return 'not refused';
};

test.each<[string, AppConfig, string]>([
  [
    'an ARN of another region',
    onExisting({ kafka: { clusterArn: kafka.clusterArn.replace('us-east-1', 'eu-west-1') } }),
    'expected arn:aws:kafka:us-east-1:<account>:cluster/<name>/<id>',
  ],
  ['a name', onExisting({ kafka: { clusterArn: 'shared' } }), 'clusterArn is shared'],
  ['two brokers', onExisting({ kafka: { brokers: 2 } }), 'brokers is 2'],
  ['no security group', onExisting({ kafka: { securityGroupId: 'brokers' } }), 'securityGroupId is brokers'],
  [
    'passwords where there are no brokers',
    onExisting({ kafka: { brokers: 'serverless', scram } }),
    'a serverless cluster has no users with passwords',
  ],
  [
    'a managed Prometheus where there are no brokers',
    { ...onExisting({ kafka: { brokers: 'serverless' } }), managedPrometheus: { grafana: false } },
    'leave managedPrometheus out',
  ],
  [
    'a secret without its last six characters',
    onExisting({ kafka: { scram: { ...scram, secretArn: scram.secretArn.slice(0, -7) } } }),
    'expected the whole ARN of a secret in us-east-1',
  ],
  [
    'a secret that MSK refuses',
    onExisting({ kafka: { scram: { ...scram, secretArn: scram.secretArn.replace('AmazonMSK_', '') } } }),
    'its name must begin with AmazonMSK_',
  ],
  [
    'the alias of a key',
    onExisting({ kafka: { scram: { ...scram, keyArn: 'alias/mine' } } }),
    'scram.keyArn is alias/mine',
  ],
  [
    'brokers without a login',
    onExisting({}, { ...stages.prod, kafka: { ...stages.prod.kafka, access: stages.local.kafka.access } }),
    'kafka.access has auth none',
  ],
  [
    'functions in another VPC',
    { ...onExisting(), network: stages.prod.network },
    "functions reach a cluster only from within the cluster's VPC",
  ],
])('a cluster with %s is refused, with what is expected', (_, config, expected) => {
  expect(message(config)).toContain('kafka.existing in lib/config.ts cannot be used:');
  expect(message(config)).toContain(expected);
});

test.each<[string, AppConfig, string]>([
  [
    'functions in another VPC',
    { ...onExisting(), network: stages.prod.network, kafka: stages.prod.kafka },
    "functions reach an instance only from within the instance's VPC",
  ],
  [
    'no CA',
    onExisting({}, { ...stages.prod, database: { ...stages.prod.database, tlsCaFile: '' } }),
    'passwords would go to the server without TLS',
  ],
  ['an ARN', onExisting({ database: { instanceIdentifier: 'arn:x' } }), 'instanceIdentifier is arn:x'],
  [
    'an address that no certificate names',
    onExisting({ database: { host: '10.0.0.1' } }),
    'host is 10.0.0.1: expected the endpoint *.us-east-1.rds.amazonaws.com',
  ],
  [
    'a proxy',
    onExisting({ database: { host: 'pool.proxy-abcdefghijkl.us-east-1.rds.amazonaws.com' } }),
    'an RDS Proxy',
  ],
  ['no port', onExisting({ database: { port: 0 } }), 'port is 0'],
  ['capitals', onExisting({ database: { databaseName: 'Isobar' } }), 'databaseName is Isobar'],
  [
    'the name of a secret',
    onExisting({ database: { masterSecretArn: 'master' } }),
    'masterSecretArn is master',
  ],
  [
    'the alias of a key',
    onExisting({ database: { masterSecretKeyArn: 'alias/mine' } }),
    'masterSecretKeyArn is alias/mine',
  ],
  ['no security group', onExisting({ database: { securityGroupId: 'db' } }), 'securityGroupId is db'],
])('a database with %s is refused, with what is expected', (_, config, expected) => {
  expect(message(config)).toContain('database.existing in lib/config.ts cannot be used:');
  expect(message(config)).toContain(expected);
});
