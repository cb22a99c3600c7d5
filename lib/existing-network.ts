import type { AppConfig } from './app-config.ts';
import { refuse } from './existing-resources.ts';

type Network = AppConfig['network'];

/**
 * Refuses an existing network that the stacks cannot use. What only AWS knows (routes, endpoints, DNS) is not
 * checked: docs/bring-your-own.md says what it must be.
 * @throws Error that names each fault and what is expected
 */
export function refuseUnusableNetwork(
  { vpcId, privateSubnetIds, isolatedSubnetIds, outboundAddresses }: NonNullable<Network['existing']>,
  flowLogs: Network['flowLogs'],
): void {
  const subnets = [...privateSubnetIds, ...isolatedSubnetIds];
  refuse('network.existing', [
    ...(/^vpc-[\da-f]{8,17}$/.test(vpcId) ? [] : [`vpcId is ${vpcId}: expected vpc-…`]),
    ...subnets
      .filter((id) => !/^subnet-[\da-f]{8,17}$/.test(id))
      .map((id) => `the subnet ${id} is no id: expected subnet-…`),
    ...(new Set(subnets).size === subnets.length
      ? []
      : ['a subnet is named twice: expected three private and three isolated ones']),
    flowLogs !== undefined && 'the VPC is not of this stage: leave network.flowLogs out',
    ...(outboundAddresses.length > 0
      ? []
      : ['outboundAddresses is empty: expected the public addresses of the NAT gateways']),
    ...outboundAddresses
      .filter((address) => !/^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/.test(address))
      .map((address) => `the outbound address ${address} is neither an IPv4 address nor a range`),
  ]);
}
