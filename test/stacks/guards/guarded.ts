import { App, Aspects, Duration, Stack } from 'aws-cdk-lib';
import type { IGrantable, PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  CfnEventSourceMapping,
  type CfnEventSourceMappingProps,
  Code,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { CfnCluster } from 'aws-cdk-lib/aws-msk';
import type { Construct } from 'constructs';
import { KafkaMappingGuard } from '../../../lib/guards/kafka-mapping-guard.ts';

export const otherAppsCluster =
  'arn:aws:kafka:us-east-1:111122223333:cluster/orders/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5';

/** A stack in an app with the guard. */
export function guardedStack(): Stack {
  const app = new App();
  Aspects.of(app).add(new KafkaMappingGuard());
  return new Stack(app, 'Shop', { env: { region: 'us-east-1' } });
}

export const consumerFunction = (scope: Construct, id = 'Consume', timeout = Duration.minutes(1)) =>
  new LambdaFunction(scope, id, {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {};'),
    timeout,
  });

/** Properties of a mapping without a fault. */
export const faultless = (
  props: Partial<CfnEventSourceMappingProps> & Pick<CfnEventSourceMappingProps, 'functionName'>,
): CfnEventSourceMappingProps => ({
  eventSourceArn: otherAppsCluster,
  topics: ['orders'],
  startingPosition: 'TRIM_HORIZON',
  amazonManagedKafkaEventSourceConfig: { consumerGroupId: 'count-orders' },
  ...props,
});

/** A mapping of a function with all rights on Kafka, so that only the given properties can be at fault. */
export function mapping(
  scope: Construct,
  id: string,
  props: Partial<CfnEventSourceMappingProps> = {},
): CfnEventSourceMapping {
  const consume = consumerFunction(scope, `${id}Function`);
  allow(consume, { actions: ['kafka-cluster:*'], resources: ['*'] });
  return new CfnEventSourceMapping(scope, id, faultless({ functionName: consume.functionName, ...props }));
}

export const allow = ({ grantPrincipal }: IGrantable, props: PolicyStatementProps): void => {
  grantPrincipal.addToPrincipalPolicy(new PolicyStatement(props));
};

export const cluster = (scope: Construct, { iam }: { readonly iam: boolean }, id = 'Cluster'): CfnCluster =>
  new CfnCluster(scope, id, {
    clusterName: `shop-${id.toLowerCase()}`,
    kafkaVersion: '4.0.x.kraft',
    numberOfBrokerNodes: 3,
    brokerNodeGroupInfo: {
      instanceType: 'kafka.t3.small',
      clientSubnets: ['subnet-a', 'subnet-b', 'subnet-c'],
    },
    clientAuthentication: { sasl: { iam: { enabled: iam } }, unauthenticated: { enabled: !iam } },
  });

/** The faults that the synthesis reports, each as `[<path>] <rule>: <fault>`. */
export function faultsOf(scope: Construct): string[] {
  try {
    (scope.node.root as App).synth({ force: true });
    return [];
  } catch (error) {
    const [heading, ...faults] = (error as Error).message.split('\n').map((line) => line.trim());
    if (!heading?.includes('Validation failed')) throw error;
    return faults;
  }
}
