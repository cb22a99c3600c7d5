// A small app with Kafka-triggered functions, as it would be deployed to AWS: docs/your-own-app.md.
import { join } from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Port, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Code, Function as LambdaFunction, Runtime, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { ManagedKafkaEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { CfnCluster, CfnTopic } from 'aws-cdk-lib/aws-msk';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';

const functions = join(import.meta.dirname, 'functions');

const stack = new Stack(new App(), 'orders');

const vpc = new Vpc(stack, 'Vpc', {
  maxAzs: 2,
  natGateways: 0,
  subnetConfiguration: [{ name: 'isolated', subnetType: SubnetType.PRIVATE_ISOLATED }],
});
const securityGroup = new SecurityGroup(stack, 'Brokers', { vpc });
securityGroup.addIngressRule(securityGroup, Port.allTraffic());

const cluster = new CfnCluster(stack, 'Cluster', {
  clusterName: 'orders',
  kafkaVersion: '4.0.x.kraft',
  numberOfBrokerNodes: 2,
  brokerNodeGroupInfo: {
    instanceType: 'kafka.m7g.large',
    clientSubnets: vpc.isolatedSubnets.map(({ subnetId }) => subnetId),
    securityGroups: [securityGroup.securityGroupId],
  },
  clientAuthentication: { sasl: { iam: { enabled: true } } },
});
const topic = new CfnTopic(stack, 'Orders', {
  clusterArn: cluster.attrArn,
  topicName: 'orders',
  partitionCount: 2,
  // As many as `npm start -- --platform-only --brokers` has, at most.
  replicationFactor: Number(process.env.REPLICAS ?? 2),
});

const totals = new Bucket(stack, 'Totals', { removalPolicy: RemovalPolicy.DESTROY });
const large = new Queue(stack, 'Large');
const failed = new Queue(stack, 'Failed');

const addUp = new NodejsFunction(stack, 'AddUp', {
  entry: join(functions, 'add-up/index.ts'),
  runtime: Runtime.NODEJS_24_X,
  environment: { BUCKET: totals.bucketName },
});
totals.grantPut(addUp);

const pickLarge = new LambdaFunction(stack, 'PickLarge', {
  code: Code.fromAsset(join(functions, 'pick_large')),
  handler: 'handler.handle',
  runtime: Runtime.PYTHON_3_13,
  environment: { QUEUE_URL: large.queueUrl, AT_LEAST: '100' },
});
large.grantSendMessages(pickLarge);

for (const consumer of [addUp, pickLarge]) {
  const source = new ManagedKafkaEventSource({
    clusterArn: cluster.attrArn,
    topic: topic.topicName,
    consumerGroupId: consumer.node.id,
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: 100,
    maxBatchingWindow: Duration.seconds(1),
    onFailure: new SqsDlq(failed),
  });
  consumer.addEventSource(source);
}

new CfnOutput(stack, 'TotalsBucket', { value: totals.bucketName });
new CfnOutput(stack, 'LargeQueue', { value: large.queueUrl });
