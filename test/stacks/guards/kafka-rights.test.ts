import { describe, expect, test } from '@jest/globals';
import { Aws, CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import {
  type CfnRole,
  Effect,
  ManagedPolicy,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { CfnEventSourceMapping, type CfnEventSourceMappingProps, CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnServerlessCluster } from 'aws-cdk-lib/aws-msk';
import {
  allow,
  cluster,
  consumerFunction,
  faultless,
  faultsOf,
  guardedStack,
  otherAppsCluster,
} from './guarded.ts';

const arnOf = (kind: 'topic' | 'group', name: string) =>
  `${otherAppsCluster.replace(':cluster/', `:${kind}/`)}/${name}`;

const enough = [
  { actions: ['kafka-cluster:Connect'], resources: [otherAppsCluster] },
  {
    actions: ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
    resources: [arnOf('group', 'count-orders')],
  },
  {
    actions: ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
    resources: [arnOf('topic', 'orders')],
  },
];

/** `<action> <kind of resource>/<name>` of each right that the guard reports as missing. */
const missedIn = (stack: Stack): string[] =>
  faultsOf(stack).map((fault) => {
    const [, action, kind, name] =
      /lacks kafka-cluster:(\w+) on .+:(cluster|topic|group)\/(.+), which/.exec(fault) ?? [];
    return `${action} ${kind}${kind === 'cluster' ? '' : `/${name?.split('/').at(-1)}`}`;
  });

function missedWith(statements: typeof enough, props: Partial<CfnEventSourceMappingProps> = {}): string[] {
  const stack = guardedStack();
  const consume = consumerFunction(stack);
  for (const statement of statements) allow(consume, statement);
  new CfnEventSourceMapping(stack, 'Orders', faultless({ functionName: consume.functionName, ...props }));
  return missedIn(stack);
}

test('a missing right is reported with the role, the resource and the correction', () => {
  const stack = guardedStack();
  const consume = consumerFunction(stack);
  for (const statement of enough.slice(0, 2)) allow(consume, statement);
  allow(consume, { actions: ['kafka-cluster:DescribeTopic'], resources: [arnOf('topic', 'orders')] });
  new CfnEventSourceMapping(stack, 'Orders', faultless({ functionName: consume.functionName }));
  expect(faultsOf(stack)).toEqual([
    `[Shop/Orders] KafkaMapping::kafka-rights: The role of Shop/Consume/Resource lacks kafka-cluster:ReadData on ${arnOf('topic', 'orders')}, which Lambda's pollers need on a cluster with IAM authentication. Add the right to the role. See https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html`,
  ]);
});

test('a function with only its basic policy lacks all five rights', () => {
  expect(missedWith([])).toEqual([
    'Connect cluster',
    'DescribeGroup group/count-orders',
    'AlterGroup group/count-orders',
    'DescribeTopic topic/orders',
    'ReadData topic/orders',
  ]);
});

test('a function with the five rights lacks none', () => {
  expect(missedWith(enough)).toEqual([]);
});

test('the on-failure topic must be writable', () => {
  const props = {
    destinationConfig: { onFailure: { destination: 'kafka://failed-orders' } },
    provisionedPollerConfig: { minimumPollers: 1 },
  };
  const write = {
    actions: ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'],
    resources: [arnOf('topic', 'failed-orders')],
  };
  expect(missedWith(enough, props)).toEqual([
    'DescribeTopic topic/failed-orders',
    'WriteData topic/failed-orders',
  ]);
  expect(missedWith([...enough, write], props)).toEqual([]);
});

test('every topic of the mapping must be readable', () => {
  expect(missedWith(enough, { topics: ['orders', 'returns'] })).toEqual([
    'DescribeTopic topic/returns',
    'ReadData topic/returns',
  ]);
});

test('only a wildcard covers the consumer group that Lambda generates', () => {
  const props = { amazonManagedKafkaEventSourceConfig: undefined as never };
  const allGroups = { actions: ['kafka-cluster:*Group'], resources: [arnOf('group', '*')] };
  expect(missedWith(enough, props)).toEqual([
    'DescribeGroup group/00000000-0000-4000-8000-000000000000',
    'AlterGroup group/00000000-0000-4000-8000-000000000000',
  ]);
  expect(missedWith([...enough, allGroups], props)).toEqual([]);
});

describe('a granted right', () => {
  const others = enough.slice(0, 2);
  const readable = (resource: string, action = 'kafka-cluster:ReadData') => [
    ...others,
    { actions: ['kafka-cluster:DescribeTopic', action], resources: [resource] },
  ];

  test.each([
    '*',
    'arn:aws:kafka:*',
    'arn:aws:kafka:us-east-1:111122223333:topic/orders/*',
    'arn:aws:kafka:*:*:topic/*/order?',
    `arn:${Aws.PARTITION}:kafka:${Aws.REGION}:${Aws.ACCOUNT_ID}:topic/orders/*/orders`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own placeholders
    Fn.sub('arn:${AWS::Partition}:kafka:${AWS::Region}:${AWS::AccountId}:topic/orders/*/orders'),
    Fn.importValue('topic-arn'),
  ])('the right to read the topic is found in %s', (resource) => {
    expect(missedWith(readable(resource))).toEqual([]);
  });

  test.each([
    'arn:aws:kafka:us-east-1:111122223333:topic/returns/*',
    'arn:aws:kafka:us-east-1:111122223333:topic/*/returns',
    'arn:aws:kafka:us-east-1:111122223333:group/*',
    'arn:aws:kafka:eu-west-1:*:topic/*',
    `arn:${Aws.PARTITION}:kafka:${Aws.REGION}:${Aws.ACCOUNT_ID}:topic/orders/*/returns`,
    otherAppsCluster,
  ])('the right to read the topic is not found in %s', (resource) => {
    expect(missedWith(readable(resource))).toEqual(['DescribeTopic topic/orders', 'ReadData topic/orders']);
  });

  test.each(['*', 'kafka-cluster:*', 'kafka-cluster:Read*', 'KAFKA-CLUSTER:readdata'])(
    'the right to read the topic is found under the action %s',
    (action) => {
      expect(missedWith(readable(arnOf('topic', 'orders'), action))).toEqual([]);
    },
  );

  test.each(['kafka:*', 'kafka-cluster:Describe*', 'kafka-cluster:WriteData'])(
    'the right to read the topic is not found under the action %s',
    (action) => {
      expect(missedWith(readable(arnOf('topic', 'orders'), action))).toEqual(['ReadData topic/orders']);
    },
  );

  test('a policy, statement or element inside Fn::If counts as granting every right', () => {
    const behind = (value: unknown) => ({ 'Fn::If': ['Condition', value, { Ref: 'AWS::NoValue' }] });
    const statement = { Effect: 'Allow', Action: 'kafka-cluster:*', Resource: '*' };
    for (const document of [
      behind({ Statement: [statement] }),
      { Statement: [behind(statement)] },
      { Statement: [{ ...statement, Action: behind(statement.Action) }] },
      { Statement: [{ ...statement, Resource: behind(statement.Resource) }] },
    ]) {
      const stack = guardedStack();
      const consume = consumerFunction(stack);
      const role = consume.role?.node.defaultChild as CfnRole;
      role.policies = [{ policyName: 'Kafka', policyDocument: document }];
      new CfnEventSourceMapping(stack, 'Orders', faultless({ functionName: consume.functionName }));
      expect(missedIn(stack)).toEqual([]);
    }
  });

  test('a denial grants nothing', () => {
    const stack = guardedStack();
    const consume = consumerFunction(stack);
    allow(consume, { effect: Effect.DENY, actions: ['kafka-cluster:*'], resources: ['*'] });
    new CfnEventSourceMapping(stack, 'Orders', faultless({ functionName: consume.functionName }));
    expect(missedIn(stack)).toHaveLength(5);
  });

  test('a NotAction grants every right except for those it names', () => {
    const stack = guardedStack();
    const consume = consumerFunction(stack);
    allow(consume, { notActions: ['kafka-cluster:ReadData'], resources: ['*'] });
    new CfnEventSourceMapping(stack, 'Orders', faultless({ functionName: consume.functionName }));
    expect(missedIn(stack)).toEqual(['ReadData topic/orders']);
  });
});

describe('a policy', () => {
  const role = (stack: Stack) =>
    new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const missedBy = (prepare: (role: Role, stack: Stack) => void): string[] => {
    const stack = guardedStack();
    const own = role(stack);
    prepare(own, stack);
    const consume = new CfnFunction(stack, 'Consume', {
      role: own.roleArn,
      code: { zipFile: '//' },
      handler: 'index.handler',
      runtime: 'nodejs24.x',
    });
    new CfnEventSourceMapping(stack, 'Orders', faultless({ functionName: consume.ref }));
    return missedIn(stack);
  };
  const statements = enough.map((statement) => new PolicyStatement(statement));

  test('a managed policy of the app counts when it is attached to the role, from either side', () => {
    expect(
      missedBy((own, stack) => own.addManagedPolicy(new ManagedPolicy(stack, 'Read', { statements }))),
    ).toEqual([]);
    expect(missedBy((own, stack) => new ManagedPolicy(stack, 'Read', { statements, roles: [own] }))).toEqual(
      [],
    );
  });

  test('a managed policy that is attached to another role does not count', () => {
    expect(
      missedBy((_, stack) => {
        const roles = [new Role(stack, 'Other', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })];
        new ManagedPolicy(stack, 'Read', { statements, roles });
      }),
    ).toHaveLength(5);
  });

  test("AWS's own policy for MSK grants none of these rights", () => {
    const msk = ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaMSKExecutionRole');
    expect(missedBy((own) => own.addManagedPolicy(msk))).toHaveLength(5);
  });

  test('a policy whose text is not in the app counts as granting every right', () => {
    const foreign = ManagedPolicy.fromAwsManagedPolicyName('AdministratorAccess');
    expect(missedBy((own) => own.addManagedPolicy(foreign))).toEqual([]);
  });
});

describe('where rights are needed', () => {
  const missedOn = (props: (stack: Stack) => Partial<CfnEventSourceMappingProps>): string[] => {
    const stack = guardedStack();
    const { functionName } = consumerFunction(stack);
    new CfnEventSourceMapping(stack, 'Orders', faultless({ functionName, ...props(stack) }));
    return missedIn(stack);
  };

  test('the rights are needed on a cluster with IAM authentication, and on a serverless one', () => {
    expect(missedOn((stack) => ({ eventSourceArn: cluster(stack, { iam: true }).attrArn }))).toHaveLength(5);
    expect(
      missedOn((stack) => ({
        eventSourceArn: new CfnServerlessCluster(stack, 'Serverless', {
          clusterName: 'shop',
          clientAuthentication: { sasl: { iam: { enabled: true } } },
          vpcConfigs: [{ subnetIds: ['subnet-a', 'subnet-b'] }],
        }).attrArn,
      })),
    ).toHaveLength(5);
  });

  test('no rights are needed without authentication, or with credentials of another kind', () => {
    expect(missedOn((stack) => ({ eventSourceArn: cluster(stack, { iam: false }).attrArn }))).toEqual([]);
    const secret = {
      type: 'SASL_SCRAM_512_AUTH',
      uri: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:kafka',
    };
    expect(missedOn(() => ({ sourceAccessConfigurations: [secret] }))).toEqual([]);
  });

  test('the rights of a role of another app are not checked', () => {
    const stack = guardedStack();
    const consume = new CfnFunction(stack, 'Consume', {
      role: 'arn:aws:iam::111122223333:role/consume',
      code: { zipFile: '//' },
    });
    new CfnEventSourceMapping(stack, 'Orders', faultless({ functionName: consume.ref }));
    expect(missedIn(stack)).toEqual([]);
  });
});

describe('the ARN of a cluster of the app', () => {
  const within = (arn: string, kind: string, name: string) => {
    const [prefix, rest] = [0, 1].map((part) => Fn.select(part, Fn.split(':cluster/', arn)));
    return `${prefix}:${kind}/${rest}/${name}`;
  };
  const missedWhen = (rightsOn: 'Cluster' | 'Other', consumerStack: (stack: Stack) => Stack) => {
    const stack = guardedStack();
    const arns = {
      Cluster: cluster(stack, { iam: true }).attrArn,
      Other: cluster(stack, { iam: true }, 'Other').attrArn,
    };
    const scope = consumerStack(stack);
    const consume = consumerFunction(scope);
    const arn = arns[rightsOn];
    allow(consume, { actions: ['kafka-cluster:Connect'], resources: [arn] });
    allow(consume, { actions: ['kafka-cluster:*Group'], resources: [within(arn, 'group', 'count-orders')] });
    allow(consume, { actions: ['kafka-cluster:*'], resources: [within(arn, 'topic', 'orders')] });
    new CfnEventSourceMapping(
      scope,
      'Orders',
      faultless({ functionName: consume.functionName, eventSourceArn: arns.Cluster }),
    );
    return missedIn(stack);
  };

  test('the ARN of a cluster is followed through tokens, within a stack and across stacks', () => {
    expect(missedWhen('Cluster', (stack) => stack)).toEqual([]);
    expect(
      missedWhen('Cluster', (stack) => new Stack(stack.node.root, 'Depot', { env: { region: 'us-east-1' } })),
    ).toEqual([]);
  });

  test('rights on another cluster of the app do not count', () => {
    expect(missedWhen('Other', (stack) => stack)).toHaveLength(5);
  });

  test('with a cluster ARN from a parameter, only the names of topics and groups are compared', () => {
    const stack = guardedStack();
    const arn = new CfnParameter(stack, 'ClusterArn').valueAsString;
    const consume = consumerFunction(stack);
    allow(consume, { actions: ['kafka-cluster:Connect'], resources: [arn] });
    allow(consume, { actions: ['kafka-cluster:*Group'], resources: [within(arn, 'group', 'count-orders')] });
    allow(consume, { actions: ['kafka-cluster:*'], resources: [within(arn, 'topic', 'returns')] });
    new CfnEventSourceMapping(
      stack,
      'Orders',
      faultless({ functionName: consume.functionName, eventSourceArn: arn }),
    );
    expect(missedIn(stack)).toEqual(['DescribeTopic topic/orders', 'ReadData topic/orders']);
  });
});
