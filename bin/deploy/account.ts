import { APIGatewayClient, GetAccountCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  DescribeAvailabilityZonesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  type IpPermission,
} from '@aws-sdk/client-ec2';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  DescribeClusterV2Command,
  KafkaClient,
  type Provisioned,
  paginateListClustersV2,
  paginateListKafkaVersions,
} from '@aws-sdk/client-kafka';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DescribeDBInstancesCommand,
  paginateDescribeOrderableDBInstanceOptions,
  RDSClient,
} from '@aws-sdk/client-rds';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Account, FoundCluster } from './check.ts';

/** The account of the caller's credentials, read only. */
export function openAccount(region: string): Account {
  const [apiGateway, cloudFormation, ec2] = [
    new APIGatewayClient({ region }),
    new CloudFormationClient({ region }),
    new EC2Client({ region }),
  ];
  const [iam, kafka, lambda] = [
    new IAMClient({ region }),
    new KafkaClient({ region }),
    new LambdaClient({ region }),
  ];
  const [rds, s3, secrets, sts] = [
    new RDSClient({ region }),
    new S3Client({ region, followRegionRedirects: true }),
    new SecretsManagerClient({ region }),
    new STSClient({ region }),
  ];
  return {
    async identity() {
      const { Account: account = '', Arn: arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
      return { account, arn };
    },
    async zones() {
      const { AvailabilityZones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
      // Without AllAvailabilityZones, the answer has only zones that are opted in. Local zones are none.
      return AvailabilityZones.flatMap(({ ZoneId, ZoneType = 'availability-zone', State }) =>
        ZoneId && ZoneType === 'availability-zone' && State === 'available' ? [ZoneId] : [],
      );
    },
    async concurrency() {
      const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
      return AccountLimit?.ConcurrentExecutions ?? 0;
    },
    async secret(name) {
      const found = await unless('ResourceNotFoundException', () =>
        secrets.send(new DescribeSecretCommand({ SecretId: name })),
      );
      if (found === undefined) return 'absent';
      return found.DeletedDate === undefined ? 'present' : 'being deleted';
    },
    async canApiLog() {
      const { cloudwatchRoleArn = '' } = await apiGateway.send(new GetAccountCommand({}));
      return cloudwatchRoleArn !== '';
    },
    async stackStatus(name) {
      // CloudFormation has no exception of its own for this.
      const found = await unless('ValidationError', () =>
        cloudFormation.send(new DescribeStacksCommand({ StackName: name })),
      );
      return found?.Stacks?.[0]?.StackStatus;
    },
    async hasBucket(name) {
      return (await unless('NotFound', () => s3.send(new HeadBucketCommand({ Bucket: name })))) !== undefined;
    },
    async hasDatabase(id) {
      const found = await unless('DBInstanceNotFoundFault', () =>
        rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id })),
      );
      return found !== undefined;
    },
    async hasCluster(name) {
      const pages = paginateListClustersV2({ client: kafka }, { ClusterNameFilter: name });
      for await (const { ClusterInfoList = [] } of pages)
        if (ClusterInfoList.some(({ ClusterName }) => ClusterName === name)) return true;
      return false;
    },
    async hasRole(name) {
      return (
        (await unless('NoSuchEntityException', () => iam.send(new GetRoleCommand({ RoleName: name })))) !==
        undefined
      );
    },
    async postgresVersions(instanceClass) {
      const query = { Engine: 'postgres', DBInstanceClass: instanceClass.replace(/^(db\.)?/, 'db.') };
      const versions = new Set<string>();
      for await (const { OrderableDBInstanceOptions = [] } of paginateDescribeOrderableDBInstanceOptions(
        { client: rds },
        query,
      ))
        for (const { EngineVersion = '' } of OrderableDBInstanceOptions) versions.add(EngineVersion);
      return [...versions];
    },
    async kafkaVersions() {
      const versions: string[] = [];
      for await (const { KafkaVersions = [] } of paginateListKafkaVersions({ client: kafka }, {}))
        for (const { Version = '', Status } of KafkaVersions) if (Status === 'ACTIVE') versions.push(Version);
      return versions;
    },
    async cluster(arn) {
      const found = await unless('NotFoundException', () =>
        kafka.send(new DescribeClusterV2Command({ ClusterArn: arn })),
      );
      const { State: state = '', Provisioned, Serverless } = found?.ClusterInfo ?? {};
      if (Provisioned !== undefined) return { state, ...provisioned(Provisioned) };
      if (Serverless === undefined) return undefined;
      const groups = Serverless.VpcConfigs?.flatMap(({ SecurityGroupIds = [] }) => SecurityGroupIds);
      return { state, kind: 'serverless', auth: ['iam'], securityGroupIds: groups ?? [] };
    },
    async database(id) {
      const found = await unless('DBInstanceNotFoundFault', () =>
        rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id })),
      );
      const [instance] = found?.DBInstances ?? [];
      return (
        instance && {
          status: instance.DBInstanceStatus ?? '',
          engine: instance.Engine ?? '',
          version: instance.EngineVersion ?? '',
          host: instance.Endpoint?.Address ?? '',
          port: instance.Endpoint?.Port ?? 0,
          storageGib: instance.AllocatedStorage ?? 0,
          securityGroupIds: (instance.VpcSecurityGroups ?? []).flatMap(
            ({ VpcSecurityGroupId: group }) => group ?? [],
          ),
        }
      );
    },
    async securityGroup(id) {
      const found = await unless('InvalidGroup.NotFound', () =>
        ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] })),
      );
      const [group] = found?.SecurityGroups ?? [];
      return (
        group && {
          vpcId: group.VpcId ?? '',
          admitsItself: (port) => (group.IpPermissions ?? []).some((rule) => admits(rule, id, port)),
        }
      );
    },
  };
}

function provisioned({
  BrokerNodeGroupInfo: group,
  NumberOfBrokerNodes: brokers = 0,
  ClientAuthentication: { Sasl: sasl } = {},
  OpenMonitoring: monitoring,
}: Provisioned): Omit<FoundCluster, 'state'> {
  const volumeGib = group?.StorageInfo?.EbsStorageInfo?.VolumeSize;
  return {
    kind: 'provisioned',
    brokers,
    auth: [
      ...(sasl?.Iam?.Enabled ? (['iam'] as const) : []),
      ...(sasl?.Scram?.Enabled ? (['scram'] as const) : []),
    ],
    securityGroupIds: group?.SecurityGroups ?? [],
    monitored: monitoring?.Prometheus?.JmxExporter?.EnabledInBroker === true,
    ...(volumeGib === undefined ? {} : { volumeGib }),
  };
}

/** Whether a rule lets members of a group connect to each other on a port. */
const admits = (
  { IpProtocol, FromPort = 0, ToPort = 65_535, UserIdGroupPairs = [] }: IpPermission,
  id: string,
  port: number,
): boolean =>
  (IpProtocol === '-1' || (IpProtocol === 'tcp' && FromPort <= port && port <= ToPort)) &&
  UserIdGroupPairs.some(({ GroupId }) => GroupId === id);

/** The answer, or undefined when AWS says by this error that there is no such thing. */
async function unless<T>(error: string, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === error) return undefined;
    throw thrown;
  }
}
