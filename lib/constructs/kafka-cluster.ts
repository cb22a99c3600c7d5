import { CfnOutput, Duration, Fn, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { CfnScalableTarget, CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import { type ISecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { type SourceAccessConfiguration, SourceAccessConfigurationType } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnCluster, CfnConfiguration, CfnTopic } from 'aws-cdk-lib/aws-msk';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import type { Topic } from '../../lambdas/shared/kafka/topics.ts';
import type { AppConfig } from '../app-config.ts';
import { accessTo, brokersOf, clusterName, ownBrokers } from '../cluster.ts';
import { removalPolicy } from '../removal-policy.ts';
import { type FunctionSetting, NodeFunction } from './node-function.ts';

export interface KafkaClusterProps extends FunctionSetting {
  readonly brokers: ISecurityGroup;
  readonly topics: readonly Topic[];
}

const kafkaVersion = '4.0.x.kraft';

/** MSK grows the disks when they are fuller than this, by a tenth and at most once in six hours. */
const diskTargetPercent = 70;

/** A Kafka cluster of three brokers or one that exists, its topics, and the rights to use them. */
export class KafkaCluster extends Construct {
  readonly arn: string;
  readonly name: string;
  /** "host:port,host:port", which only the deploy knows; other stacks read this output. */
  readonly #bootstrapBrokers: string;
  readonly #config: AppConfig;
  /** With it clients log in. Kafka's access control lists then say what they may do, and IAM does not. */
  readonly #login: { readonly secret: ISecret; readonly key: IKey } | undefined;

  constructor(scope: Construct, id: string, props: KafkaClusterProps) {
    super(scope, id);
    this.#config = props.config;
    this.name = clusterName(props.config);
    const { existing } = props.config.kafka;
    this.arn = existing?.clusterArn ?? this.#cluster(props).attrArn;
    this.#login = existing?.scram && {
      secret: Secret.fromSecretCompleteArn(this, 'Login', existing.scram.secretArn),
      key: Key.fromKeyArn(this, 'LoginKey', existing.scram.keyArn),
    };
    if (existing === undefined) for (const topic of props.topics) this.#topic(topic);
    const brokers = this.#lookUpBrokers(props.config);
    this.#bootstrapBrokers = this.#publish(brokers);
    if (existing !== undefined) this.#prepareTopics(brokers, props);
  }

  /** The environment variables that a function needs to connect. */
  get environment(): Record<string, string> {
    return this.#environmentWith(this.#bootstrapBrokers);
  }

  #environmentWith(brokers: string): Record<string, string> {
    return {
      KAFKA_BROKERS: brokers,
      KAFKA_AUTH: accessTo(this.#config).auth,
      ...(this.#login === undefined ? {} : { KAFKA_SECRET_ARN: this.#login.secret.secretArn }),
    };
  }

  /** How Lambda's pollers log in. Without any, they use IAM if the cluster has it. */
  get sourceAccess(): SourceAccessConfiguration[] {
    if (this.#login === undefined) return [];
    return [{ type: SourceAccessConfigurationType.SASL_SCRAM_512_AUTH, uri: this.#login.secret.secretArn }];
  }

  /** The host names of the brokers. */
  get hosts(): string[] {
    return Array.from({ length: brokersOf(this.#config) }, (_, at) =>
      Fn.select(0, Fn.split(':', Fn.select(at, Fn.split(',', this.#bootstrapBrokers)))),
    );
  }

  grantDescribe(grantee: IGrantable, topic: Topic): void {
    this.#grant(grantee, [
      { actions: ['kafka-cluster:DescribeTopic'], resources: [this.#arnOf('topic', topic.name)] },
    ]);
  }

  /** @see https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html */
  grantProduce(grantee: IGrantable, topic: Topic): void {
    this.#grant(grantee, [
      {
        actions: ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'],
        resources: [this.#arnOf('topic', topic.name)],
      },
    ]);
  }

  /**
   * Lambda's pollers read the topic with the role of the function.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html
   */
  grantConsume(grantee: IGrantable, topic: Topic, consumerGroup: string): void {
    this.#grant(grantee, [
      { actions: ['kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'], resources: [this.arn] },
      {
        actions: ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
        resources: [this.#arnOf('topic', topic.name)],
      },
      {
        actions: ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
        resources: [this.#arnOf('group', consumerGroup)],
      },
      { actions: ['kafka-cluster:DescribeClusterDynamicConfiguration'], resources: [this.arn] },
    ]);
  }

  /** With a login, IAM decides on the API of MSK and on the secret alone. */
  #grant(grantee: IGrantable, statements: readonly { actions: string[]; resources: string[] }[]): void {
    const connect = { actions: ['kafka-cluster:Connect'], resources: [this.arn] };
    const login = this.#login;
    login?.secret.grantRead(grantee);
    login?.key.grantDecrypt(grantee);
    for (const statement of [connect, ...statements])
      if (login === undefined || !statement.actions.every((action) => action.startsWith('kafka-cluster:')))
        grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement(statement));
  }

  #cluster({ config, network, brokers }: KafkaClusterProps): CfnCluster {
    const configuration = new CfnConfiguration(this, 'Configuration', {
      name: this.name,
      kafkaVersionsList: [kafkaVersion],
      serverProperties: properties({
        'auto.create.topics.enable': false,
        'default.replication.factor': 3,
        'min.insync.replicas': 2,
        'unclean.leader.election.enable': false,
      }),
    });
    // MSK refuses to delete what a cluster uses.
    configuration.applyRemovalPolicy(removalPolicy(config));
    const logs = new LogGroup(this, 'Logs', {
      logGroupName: `/isobar/${config.stage}/kafka`,
      retention: config.functions.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const { access, brokerType, brokerVolumeGib, enhancedMonitoring } = config.kafka;
    const cluster = new CfnCluster(this, 'Cluster', {
      clusterName: this.name,
      kafkaVersion,
      numberOfBrokerNodes: ownBrokers,
      enhancedMonitoring,
      // Any Prometheus in the network may read the brokers.
      openMonitoring: {
        prometheus: { jmxExporter: { enabledInBroker: true }, nodeExporter: { enabledInBroker: true } },
      },
      configurationInfo: {
        arn: configuration.attrArn,
        revision: Token.asNumber(configuration.getAtt('LatestRevision.Revision')),
      },
      brokerNodeGroupInfo: {
        instanceType: brokerType,
        // With a route out: Lambda's pollers run in the subnets of the brokers and call Lambda from there.
        clientSubnets: network.vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_WITH_EGRESS }).subnetIds,
        securityGroups: [brokers.securityGroupId],
        storageInfo: { ebsStorageInfo: { volumeSize: brokerVolumeGib } },
      },
      clientAuthentication: {
        sasl: { iam: { enabled: access.auth === 'iam' } },
        unauthenticated: { enabled: access.auth === 'none' },
      },
      // MSK always encrypts at rest, by default with its own key.
      encryptionInfo: { encryptionInTransit: { clientBroker: access.clientBroker, inCluster: true } },
      loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: logs.logGroupName } } },
    });
    cluster.applyRemovalPolicy(removalPolicy(config));
    this.#growDisks(cluster, config);
    return cluster;
  }

  /** @see https://docs.aws.amazon.com/msk/latest/developerguide/msk-autoexpand.html */
  #growDisks(cluster: CfnCluster, { kafka }: AppConfig): void {
    const target = new CfnScalableTarget(this, 'Disks', {
      serviceNamespace: 'kafka',
      scalableDimension: 'kafka:broker-storage:VolumeSize',
      resourceId: cluster.attrArn,
      minCapacity: kafka.brokerVolumeGib,
      maxCapacity: kafka.brokerVolumeLimitGib,
    });
    new CfnScalingPolicy(this, 'DiskGrowth', {
      policyName: `${this.name}-broker-disks`,
      policyType: 'TargetTrackingScaling',
      scalingTargetId: target.ref,
      targetTrackingScalingPolicyConfiguration: {
        targetValue: diskTargetPercent,
        predefinedMetricSpecification: { predefinedMetricType: 'KafkaBrokerStorageUtilization' },
        // Disks cannot shrink.
        disableScaleIn: true,
      },
    });
  }

  #topic(topic: Topic): CfnTopic {
    // MSK takes the base64 of a JSON object of strings. An update may change `configs` or the number of
    // partitions, not both: https://docs.aws.amazon.com/msk/latest/developerguide/msk-update-topic.html
    const configs = JSON.stringify({
      'min.insync.replicas': String(topic.minInSyncReplicas),
      'retention.ms': String(topic.retentionMs),
    });
    return new CfnTopic(this, pascalCase(topic.name), {
      clusterArn: this.arn,
      topicName: topic.name,
      partitionCount: topic.partitions,
      replicationFactor: topic.replicationFactor,
      configs: Buffer.from(configs).toString('base64'),
    });
  }

  /** CloudFormation has no attribute for the brokers' addresses, so a custom resource asks MSK's API. */
  #lookUpBrokers(config: AppConfig): string {
    const field = accessTo(config).bootstrapField;
    const call = {
      service: 'Kafka',
      action: 'GetBootstrapBrokers',
      parameters: { ClusterArn: this.arn },
      physicalResourceId: PhysicalResourceId.of(this.name),
      outputPaths: [field],
    };
    const logGroup = new LogGroup(this, 'BootstrapBrokersLogs', {
      logGroupName: `/isobar/${config.stage}/bootstrap-brokers`,
      retention: config.functions.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'BootstrapBrokersRole', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(role);
    const lookup = new AwsCustomResource(this, 'BootstrapBrokers', {
      resourceType: 'Custom::KafkaBootstrapBrokers',
      onUpdate: call,
      installLatestAwsSdk: false,
      policy: AwsCustomResourcePolicy.fromStatements([
        new PolicyStatement({ actions: ['kafka:GetBootstrapBrokers'], resources: [this.arn] }),
      ]),
      role,
      logGroup,
    });
    return lookup.getResponseField(field);
  }

  /** An output of our own: the CDK's name would contain the field, which differs between stages. */
  #publish(brokers: string): string {
    const name = 'KafkaBrokers';
    new CfnOutput(this, 'BootstrapBrokersOutput', { value: brokers }).overrideLogicalId(name);
    return Fn.getStackOutput(Stack.of(this).stackName, name);
  }

  /**
   * Creates the topics that a cluster which exists has not, and fails the deploy if one does not fit. MSK's
   * own resource for topics fails on a topic that exists, and knows no serverless clusters:
   * https://docs.aws.amazon.com/msk/latest/developerguide/msk-topic-operations-information.html
   */
  #prepareTopics(brokers: string, { config, network, bundles, topics }: KafkaClusterProps): void {
    const timeout = Duration.minutes(2);
    const isServerless = brokersOf(config) === 0;
    const prepare = new NodeFunction(this, 'PrepareTopics', {
      config,
      network,
      bundles,
      folder: 'prepare-topics',
      memoryMb: 256,
      timeout,
      environment: {
        ...this.#environmentWith(brokers),
        // A serverless cluster fixes the others itself.
        TOPIC_SETTINGS: (isServerless ? ['retention.ms'] : ['retention.ms', 'min.insync.replicas']).join(),
      },
    });
    this.#grant(prepare, [
      {
        actions: ['kafka-cluster:CreateTopic', 'kafka-cluster:DescribeTopic'],
        resources: topics.map(({ name }) => this.#arnOf('topic', name)),
      },
    ]);
    new Trigger(this, 'TopicsPrepared', { handler: prepare, timeout });
  }

  /** The ARN of a topic or group: that of the cluster, with another kind and the name at its end. */
  #arnOf(kind: 'topic' | 'group', name: string): string {
    const [prefix, cluster] = [0, 1].map((part) => Fn.select(part, Fn.split(':cluster/', this.arn)));
    return `${prefix}:${kind}/${cluster}/${name}`;
  }
}

const properties = (entries: Readonly<Record<string, string | number | boolean>>) =>
  Object.entries(entries)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n');

const pascalCase = (kebab: string) =>
  kebab.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
