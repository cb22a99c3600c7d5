import { expect, test } from '@jest/globals';
import { stages } from '../../lib/config.ts';
import { resourcesOfType, templatesOf } from './synthesized.ts';

const { Network: network } = templatesOf(stages.dev);
if (network === undefined) throw new Error('The app has no network stack.');

test('only the public subnets have a route from the internet', () => {
  const routes = resourcesOfType(network, 'AWS::EC2::Route');
  const fromInternet = routes.filter(({ Properties }) => Properties.GatewayId !== undefined);
  expect(fromInternet.map(({ Properties }) => Properties.RouteTableId.Ref)).toEqual([
    expect.stringMatching(/^VpcPublicSubnet1RouteTable/),
    expect.stringMatching(/^VpcPublicSubnet2RouteTable/),
    expect.stringMatching(/^VpcPublicSubnet3RouteTable/),
  ]);
});

test('each private subnet reaches the internet through the NAT gateway', () => {
  const throughNat = resourcesOfType(network, 'AWS::EC2::Route').filter(
    ({ Properties }) => Properties.NatGatewayId !== undefined,
  );
  expect(throughNat.map(({ Properties }) => Properties.RouteTableId.Ref)).toEqual([
    expect.stringMatching(/^VpcPrivateSubnet1RouteTable/),
    expect.stringMatching(/^VpcPrivateSubnet2RouteTable/),
    expect.stringMatching(/^VpcPrivateSubnet3RouteTable/),
  ]);
});

test('subnets name their zones by id, which means the same data centre in every account', () => {
  const subnets = resourcesOfType(network, 'AWS::EC2::Subnet').map(({ Properties }) => Properties);
  expect(subnets.map(({ AvailabilityZone }) => AvailabilityZone)).toEqual(Array(9).fill(undefined));
  const zones = subnets.map(({ AvailabilityZoneId }) => AvailabilityZoneId);
  expect(zones).toEqual([0, 1, 2].flatMap(() => ['use1-az1', 'use1-az2', 'use1-az4']));
});

test('no subnet gives its machines public addresses', () => {
  const subnets = resourcesOfType(network, 'AWS::EC2::Subnet');
  expect(subnets.map(({ Properties }) => Properties.MapPublicIpOnLaunch)).toEqual(Array(9).fill(false));
});

test('the isolated subnets have no route out', () => {
  const tables = resourcesOfType(network, 'AWS::EC2::Route').map(
    ({ Properties }) => Properties.RouteTableId.Ref,
  );
  expect(tables.filter((table) => table.includes('Isolated'))).toEqual([]);
});

test('security groups admit other security groups on one port each, and no address', () => {
  const groups = resourcesOfType(network, 'AWS::EC2::SecurityGroup');
  expect(groups.flatMap(({ Properties }) => Properties.SecurityGroupIngress ?? [])).toEqual([]);
  const rules = resourcesOfType(network, 'AWS::EC2::SecurityGroupIngress');
  expect(
    rules.map(({ Properties }) => [
      Properties.Description,
      Properties.FromPort,
      Properties.ToPort,
      Properties.CidrIp,
    ]),
  ).toEqual([
    ['FunctionsToBrokers', 9098, 9098, undefined],
    ['PollersToBrokers', 9098, 9098, undefined],
    ['FunctionsToDatabase', 5432, 5432, undefined],
  ]);
});

test('the database cannot open a connection', () => {
  const database = resourcesOfType(network, 'AWS::EC2::SecurityGroup').find(
    ({ Properties }) => Properties.GroupDescription === 'Postgres',
  );
  expect(database?.Properties.SecurityGroupEgress).toEqual([
    expect.objectContaining({ CidrIp: '255.255.255.255/32' }),
  ]);
});

test('traffic to S3 goes through a gateway endpoint, not through the NAT gateways', () => {
  const [endpoint] = resourcesOfType(network, 'AWS::EC2::VPCEndpoint');
  expect(endpoint?.Properties.VpcEndpointType).toBe('Gateway');
});
