import { expect, test } from '@jest/globals';
import { billFor } from '../../bin/cost/bill.ts';
import type { AppConfig } from '../../lib/app-config.ts';
import { stages } from '../../lib/config.ts';
import { allOfType, jsonOf, templatesOf, withApp } from './synthesized.ts';

const existing = {
  vpcId: 'vpc-0123456789abcdef0',
  privateSubnetIds: ['subnet-0000000a', 'subnet-0000000b', 'subnet-0000000c'],
  isolatedSubnetIds: ['subnet-0000001a', 'subnet-0000001b', 'subnet-0000001c'],
  outboundAddresses: ['203.0.113.7'],
} as const;

const inVpc = (change: Partial<NonNullable<AppConfig['network']['existing']>> = {}): AppConfig => ({
  ...stages.prod,
  network: { ...stages.prod.network, existing: { ...existing, ...change } },
});

const templates = jsonOf(templatesOf(inVpc()));

test('in an existing VPC, the stage makes security groups and nothing else of a network', () => {
  const types = new Set(Object.values(templates.Network?.Resources ?? {}).map(({ Type }) => Type));
  expect([...types].sort()).toEqual(['AWS::EC2::SecurityGroup', 'AWS::EC2::SecurityGroupIngress']);
  for (const { Properties } of allOfType(templates, 'AWS::EC2::SecurityGroup'))
    expect(Properties.VpcId).toBe(existing.vpcId);
});

test('brokers and functions are in the private subnets, the database in the isolated ones', () => {
  const [cluster] = allOfType(templates, 'AWS::MSK::Cluster');
  expect(cluster?.Properties.BrokerNodeGroupInfo.ClientSubnets).toEqual(existing.privateSubnetIds);
  const inNetwork = allOfType(templates, 'AWS::Lambda::Function').flatMap(({ Properties }) =>
    Properties.VpcConfig === undefined ? [] : [Properties.VpcConfig.SubnetIds],
  );
  expect(new Set(inNetwork.map(String))).toEqual(new Set([String(existing.privateSubnetIds)]));
  const [subnets] = allOfType(templates, 'AWS::RDS::DBSubnetGroup');
  expect(subnets?.Properties.SubnetIds).toEqual(existing.isolatedSubnetIds);
});

test('only its outbound addresses may update metrics', () => {
  const [api] = allOfType(templates, 'AWS::ApiGateway::RestApi');
  const denied = api?.Properties.Policy.Statement.find(({ Effect }: { Effect: string }) => Effect === 'Deny');
  expect(denied.Condition).toEqual({ NotIpAddress: { 'aws:SourceIp': ['203.0.113.7'] } });
});

test('the bill has no gateways', () => {
  const bill = billFor(new Map(Object.entries(templates)), { recordsPerSecond: 0, predictionsPerSecond: 0 });
  expect(bill.lines.filter(({ service }) => service === 'VPC')).toEqual([]);
});

test('every fault of an existing network is told at once', () => {
  const config = inVpc({
    vpcId: 'my-vpc',
    privateSubnetIds: ['subnet-0000000a', 'subnet-0000000a', 'b'],
    outboundAddresses: ['nat'],
  });
  expect(() => withApp(config, () => {})).toThrow(
    'network.existing in lib/config.ts cannot be used:\n' +
      '  vpcId is my-vpc: expected vpc-…\n' +
      '  the subnet b is no id: expected subnet-…\n' +
      '  a subnet is named twice: expected three private and three isolated ones\n' +
      '  the outbound address nat is neither an IPv4 address nor a range',
  );
  expect(() => withApp(inVpc({ outboundAddresses: [] }), () => {})).toThrow('outboundAddresses is empty');
});
