import { CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  type CfnEIP,
  CfnSecurityGroupIngress,
  type CfnSubnet,
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type ISecurityGroup,
  type IVpc,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';
import { accessTo } from '../cluster.ts';
import type { FunctionNetwork } from '../constructs/node-function.ts';
import { refuseUnusableNetwork } from '../existing-network.ts';
import { removalPolicy } from '../removal-policy.ts';

export interface NetworkStackProps {
  readonly config: AppConfig;
}

const postgresPort = 5432;

export class NetworkStack extends Stack implements FunctionNetwork {
  readonly vpc: IVpc;
  readonly functions: SecurityGroup;
  readonly brokers: ISecurityGroup;
  readonly database: ISecurityGroup;
  /** Public addresses of the NAT gateways, from which functions call the internet. */
  readonly natAddresses: readonly string[];

  constructor(scope: Construct, { config }: NetworkStackProps) {
    super(scope, 'Network', { stackName: `isobar-${config.stage}-network`, env: { region: config.region } });

    const { existing } = config.network;
    this.vpc = existing === undefined ? this.#newVpc(config) : this.#existingVpc(existing, config);
    this.natAddresses = existing?.outboundAddresses ?? addressesOf(this.vpc);
    this.functions = this.#securityGroup('Functions', 'Lambda functions', true);
    const { existing: cluster } = config.kafka;
    this.brokers =
      cluster === undefined
        ? this.#securityGroup('Brokers', 'Kafka brokers', true)
        : SecurityGroup.fromSecurityGroupId(this, 'Brokers', cluster.securityGroupId);
    const { existing: instance } = config.database;
    this.database =
      instance === undefined
        ? this.#securityGroup('Database', 'Postgres', false)
        : SecurityGroup.fromSecurityGroupId(this, 'Database', instance.securityGroupId);

    const { port } = accessTo(config);
    this.#allow('FunctionsToBrokers', { from: this.functions, to: this.brokers, port });
    // Lambda's pollers use the security group of the cluster. The group of a cluster that exists may have
    // this rule, and EC2 refuses a second one: the checks of the deploy ask for it.
    // https://docs.aws.amazon.com/lambda/latest/dg/with-msk-cluster-network.html
    if (cluster === undefined)
      this.#allow('PollersToBrokers', { from: this.brokers, to: this.brokers, port });
    this.#keepWhatIsUsed(config);
    this.#allow('FunctionsToDatabase', {
      from: this.functions,
      to: this.database,
      port: instance?.port ?? postgresPort,
    });
  }

  #newVpc(config: AppConfig): IVpc {
    // The library's classes do not meet its own interfaces under exactOptionalPropertyTypes.
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(config.network.cidr),
      // Configured, since a look-up would bind the template to one account.
      availabilityZones: [...config.network.zoneIds],
      natGateways: config.network.natGateways,
      subnetConfiguration: [
        { name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
        { name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
      // Most traffic is Parquet to S3. Through the endpoint, the NAT gateways charge nothing for it.
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
    }) as IVpc;
    if (config.network.flowLogs !== undefined) this.#logFlows(vpc, config.network.flowLogs, config);
    for (const { node, availabilityZone } of [
      ...vpc.publicSubnets,
      ...vpc.privateSubnets,
      ...vpc.isolatedSubnets,
    ]) {
      // The CDK takes zones for names, which mean other data centres in each account.
      const subnet = node.defaultChild as CfnSubnet;
      subnet.availabilityZoneId = availabilityZone;
      subnet.addPropertyDeletionOverride('AvailabilityZone');
    }
    return vpc;
  }

  #logFlows(vpc: IVpc, traffic: 'REJECT' | 'ALL', { stage, functions }: AppConfig): void {
    const logs = new LogGroup(this, 'FlowLogs', {
      logGroupName: `/isobar/${stage}/flow-logs`,
      retention: functions.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    vpc.addFlowLog('FlowLog', {
      destination: FlowLogDestination.toCloudWatchLogs(logs),
      trafficType: FlowLogTrafficType[traffic],
    });
  }

  #existingVpc(existing: NonNullable<AppConfig['network']['existing']>, config: AppConfig): IVpc {
    refuseUnusableNetwork(existing, config.network.flowLogs);
    return Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: existing.vpcId,
      availabilityZones: [...config.network.zoneIds],
      privateSubnetIds: [...existing.privateSubnetIds],
      isolatedSubnetIds: [...existing.isolatedSubnetIds],
    });
  }

  #securityGroup(id: string, description: string, allowAllOutbound: boolean): SecurityGroup {
    return new SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound });
  }

  /**
   * EC2 refuses to delete the network of brokers and of a database that are kept. Gateways and addresses,
   * which cost money, go.
   */
  #keepWhatIsUsed(config: AppConfig): void {
    const own = [
      this.vpc,
      ...this.vpc.privateSubnets,
      ...this.vpc.isolatedSubnets,
      this.brokers,
      this.database,
    ];
    for (const { node } of own)
      if (CfnResource.isCfnResource(node.defaultChild))
        node.defaultChild.applyRemovalPolicy(removalPolicy(config));
  }

  /** addIngressRule would put the port, which differs between stages, into the logical id. */
  #allow(id: string, { from, to, port }: { from: ISecurityGroup; to: ISecurityGroup; port: number }): void {
    new CfnSecurityGroupIngress(this, id, {
      description: id,
      groupId: to.securityGroupId,
      sourceSecurityGroupId: from.securityGroupId,
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
    });
  }
}

/** The addresses that the CDK's Vpc creates for its NAT gateways, which it has no property for. */
const addressesOf = ({ publicSubnets }: IVpc): string[] =>
  publicSubnets
    .map(({ node }) => node.tryFindChild('EIP') as CfnEIP | undefined)
    .flatMap((address) => (address ? [address.attrPublicIp] : []));
