import { describe, expect, test } from '@jest/globals';
import { CfnParameter, Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  CfnEventSourceMapping,
  type CfnEventSourceMappingProps,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import {
  KafkaDlq,
  ManagedKafkaEventSource,
  SelfManagedKafkaEventSource,
} from 'aws-cdk-lib/aws-lambda-event-sources';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { stages } from '../../../lib/config.ts';
import { withApp } from '../with-app.ts';
import {
  allow,
  cluster,
  consumerFunction,
  faultless,
  faultsOf,
  guardedStack,
  mapping,
  otherAppsCluster,
} from './guarded.ts';

const provisionedPollerConfig = { minimumPollers: 1, maximumPollers: 2, pollerGroupName: 'shop' };

const kafkaDestination = (topic: string) => ({ onFailure: { destination: `kafka://${topic}` } });

test.each(Object.values(stages))('our own app has no faulty mapping in stage $stage', (config) => {
  withApp(config, (app) => expect(faultsOf(app)).toEqual([]));
});

test('the guard watches our own app: it finds a mapping that is changed to LATEST', () => {
  withApp(stages.dev, (app) => {
    const mappings = app.node.findAll().filter(CfnEventSourceMapping.isCfnEventSourceMapping);
    const kafka = mappings.find(({ topics }) => topics !== undefined);
    kafka?.addPropertyOverride('StartingPosition', 'LATEST');
    expect(faultsOf(app)).toEqual([
      expect.stringContaining(`[${kafka?.node.path}] KafkaMapping::starting-position`),
    ]);
  });
});

describe('one mapping', () => {
  const faultsWith = (props: Partial<CfnEventSourceMappingProps>): string[] => {
    const stack = guardedStack();
    mapping(stack, 'Orders', props);
    return faultsOf(stack);
  };

  test('a mapping that keeps every rule passes', () => {
    expect(faultsWith({})).toEqual([]);
  });

  test.each<[string, Partial<CfnEventSourceMappingProps>]>([
    ['BisectBatchOnFunctionError', { bisectBatchOnFunctionError: true }],
    ['MaximumRetryAttempts', { maximumRetryAttempts: 0 }],
    ['MaximumRecordAgeInSeconds', { maximumRecordAgeInSeconds: 60 }],
    ['FunctionResponseTypes', { functionResponseTypes: ['ReportBatchItemFailures'] }],
  ])('a mapping may set %s only with provisioned pollers', (property, props) => {
    expect(faultsWith(props)).toEqual([
      `[Shop/Orders] KafkaMapping::provisioned-pollers: ${property} requires provisioned pollers. Set ProvisionedPollerConfig, or remove ${property}. See https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html`,
    ]);
    expect(faultsWith({ ...props, provisionedPollerConfig })).toEqual([]);
  });

  test('a mapping may state the defaults without provisioned pollers', () => {
    expect(
      faultsWith({
        bisectBatchOnFunctionError: false,
        maximumRetryAttempts: -1,
        maximumRecordAgeInSeconds: -1,
      }),
    ).toEqual([]);
  });

  test('a mapping may have a topic as on-failure destination only with provisioned pollers', () => {
    const destinationConfig = kafkaDestination('failed-orders');
    expect(faultsWith({ destinationConfig })).toEqual([
      '[Shop/Orders] KafkaMapping::provisioned-destination: A topic as on-failure destination (failed-orders) requires provisioned pollers. Set ProvisionedPollerConfig, or send failures to SQS, SNS or S3. See https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html',
    ]);
    expect(faultsWith({ destinationConfig, provisionedPollerConfig })).toEqual([]);
  });

  test('a mapping may have a queue as on-failure destination without provisioned pollers', () => {
    const stack = guardedStack();
    const queue = new Queue(stack, 'Failed');
    mapping(stack, 'Orders', { destinationConfig: { onFailure: { destination: queue.queueArn } } });
    expect(faultsOf(stack)).toEqual([]);
  });

  test('a mapping may not have a topic that it reads as on-failure destination', () => {
    expect(faultsWith({ destinationConfig: kafkaDestination('orders'), provisionedPollerConfig })).toEqual([
      '[Shop/Orders] KafkaMapping::destination-loop: Shop/Orders reads the on-failure destination orders, so a failure returns as a record. Send failures to a topic that no mapping reads. See https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html',
    ]);
  });

  test('a mapping may not start at LATEST', () => {
    expect(faultsWith({ startingPosition: 'LATEST' })).toEqual([
      '[Shop/Orders] KafkaMapping::starting-position: LATEST loses records that arrive while the mapping is created or updated, which takes minutes. Start at TRIM_HORIZON or AT_TIMESTAMP. See https://docs.aws.amazon.com/lambda/latest/dg/kafka-starting-positions.html',
    ]);
    expect(
      faultsWith({ startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp: 1_767_225_600 }),
    ).toEqual([]);
  });

  test.each([0, 10_001])('a mapping may not have a batch of %i records', (batchSize) => {
    expect(faultsWith({ batchSize })).toEqual([
      `[Shop/Orders] KafkaMapping::batch-size: BatchSize is ${batchSize}. It must be from 1 to 10000. See https://docs.aws.amazon.com/lambda/latest/dg/msk-esm-parameters.html`,
    ]);
  });

  test.each([1, 10_000])('a mapping may have a batch of %i records', (batchSize) => {
    expect(faultsWith({ batchSize })).toEqual([]);
  });

  test('a mapping is not judged by values that only the deploy knows', () => {
    const stack = guardedStack();
    const size = new CfnParameter(stack, 'Size', { type: 'Number' });
    const position = new CfnParameter(stack, 'Position');
    mapping(stack, 'Orders', {
      batchSize: size.valueAsNumber,
      maximumRetryAttempts: size.valueAsNumber,
      startingPosition: position.valueAsString,
    });
    expect(faultsOf(stack)).toEqual([]);
  });
});

describe('the timeout of a function', () => {
  const faultsAt = (timeout: Duration, name: (consume: ReturnType<typeof consumerFunction>) => string) => {
    const stack = guardedStack();
    const consume = consumerFunction(stack, 'Consume', timeout);
    allow(consume, { actions: ['kafka-cluster:*'], resources: ['*'] });
    new CfnEventSourceMapping(stack, 'Orders', faultless({ functionName: name(consume) }));
    return faultsOf(stack);
  };

  test('the function of a mapping may have a timeout of 14 minutes', () => {
    expect(faultsAt(Duration.minutes(14), ({ functionName }) => functionName)).toEqual([]);
  });

  test.each<[string, Parameters<typeof faultsAt>[1]]>([
    ['name', ({ functionName }) => functionName],
    ['ARN', ({ functionArn }) => functionArn],
    ['version', ({ currentVersion }) => currentVersion.functionArn],
    ['alias', (consume) => consume.addAlias('live').functionArn],
  ])('a longer timeout is a fault, even if the mapping names the function by its %s', (_, name) => {
    expect(faultsAt(Duration.seconds(841), name)).toEqual([
      '[Shop/Orders] KafkaMapping::function-timeout: The timeout of Shop/Consume/Resource is 841 s. With Kafka the maximum is 840 s (14 minutes). Lower the timeout. See https://docs.aws.amazon.com/lambda/latest/dg/with-msk-configure.html',
    ]);
  });
});

describe('two mappings', () => {
  test('two mappings may not send each other their failures', () => {
    const stack = guardedStack();
    const destinationConfig = kafkaDestination('returns');
    mapping(stack, 'Orders', { destinationConfig, provisionedPollerConfig });
    mapping(stack, 'Returns', { topics: ['returns'], provisionedPollerConfig });
    expect(faultsOf(stack)).toEqual([
      expect.stringContaining(
        '[Shop/Orders] KafkaMapping::destination-loop: Shop/Returns reads the on-failure destination returns',
      ),
    ]);
  });

  test('a destination that another mapping reads on another cluster is no loop', () => {
    const stack = guardedStack();
    mapping(stack, 'Orders', { destinationConfig: kafkaDestination('returns'), provisionedPollerConfig });
    mapping(stack, 'Returns', {
      topics: ['returns'],
      eventSourceArn: cluster(stack, { iam: true }).attrArn,
      provisionedPollerConfig,
    });
    expect(faultsOf(stack)).toEqual([]);
  });

  test.each<[string, string | undefined, string | undefined]>([
    ['no group', undefined, undefined],
    ['an empty group', '', ''],
    ['a group each', 'orders', 'returns'],
  ])(
    'two mappings with provisioned pollers must share a poller group, and do not with %s',
    (_, first, second) => {
      const stack = guardedStack();
      const pollers = (pollerGroupName: string | undefined) => ({
        provisionedPollerConfig: {
          minimumPollers: 1,
          ...(pollerGroupName !== undefined && { pollerGroupName }),
        },
      });
      mapping(stack, 'Orders', pollers(first));
      mapping(stack, 'Returns', pollers(second));
      const fault =
        'KafkaMapping::poller-group: 2 mappings with provisioned pollers read this cluster, but this one shares no poller group with the others and pays separately. Give them the same ProvisionedPollerConfig.PollerGroupName. See https://docs.aws.amazon.com/lambda/latest/dg/msk-esm-parameters.html';
      expect(faultsOf(stack)).toEqual([`[Shop/Orders] ${fault}`, `[Shop/Returns] ${fault}`]);
    },
  );

  test('two mappings need no poller group when one of them has no provisioned pollers', () => {
    const stack = guardedStack();
    mapping(stack, 'Orders', { provisionedPollerConfig: { minimumPollers: 1 } });
    mapping(stack, 'Returns');
    expect(faultsOf(stack)).toEqual([]);
  });

  test('two mappings on one cluster must share a poller group even across stacks', () => {
    const stack = guardedStack();
    const eventSourceArn = cluster(stack, { iam: true }).attrArn;
    mapping(stack, 'Orders', { eventSourceArn, provisionedPollerConfig: { minimumPollers: 1 } });
    const other = new Stack(stack.node.root, 'Depot', { env: { region: 'us-east-1' } });
    mapping(other, 'Orders', { eventSourceArn, provisionedPollerConfig: { minimumPollers: 1 } });
    expect(faultsOf(stack)).toEqual([
      expect.stringContaining('[Shop/Orders] KafkaMapping::poller-group'),
      expect.stringContaining('[Depot/Orders] KafkaMapping::poller-group'),
    ]);
  });
});

describe("the CDK's own event sources", () => {
  test('every fault of a ManagedKafkaEventSource is found at once, under the path of the mapping', () => {
    const stack = guardedStack();
    consumerFunction(stack, 'Consume', Duration.minutes(15)).addEventSource(
      new ManagedKafkaEventSource({
        clusterArn: otherAppsCluster,
        topic: 'orders',
        consumerGroupId: 'count-orders',
        startingPosition: StartingPosition.LATEST,
        batchSize: 20_000,
        bisectBatchOnError: true,
        retryAttempts: 3,
        maxRecordAge: Duration.hours(1),
        reportBatchItemFailures: true,
        onFailure: new KafkaDlq('orders'),
      }),
    );
    const found = faultsOf(stack).map(
      (fault) => /^\[Shop\/Consume\/.+\/Resource\] KafkaMapping::([\w-]+): /.exec(fault)?.[1],
    );
    expect(found).toEqual([
      ...Array(4).fill('provisioned-pollers'),
      'provisioned-destination',
      'destination-loop',
      'starting-position',
      'function-timeout',
      'batch-size',
      ...Array(6).fill('kafka-rights'),
    ]);
  });

  test('a SelfManagedKafkaEventSource has the same rules, except for rights in IAM', () => {
    const stack = guardedStack();
    for (const bootstrapServers of [
      ['a:9096', 'b:9096'],
      ['b:9096', 'a:9096'],
    ]) {
      consumerFunction(stack, `Consume${bootstrapServers[0]?.[0]}`).addEventSource(
        new SelfManagedKafkaEventSource({
          bootstrapServers,
          topic: 'orders',
          secret: Secret.fromSecretNameV2(stack, `Secret${bootstrapServers[0]?.[0]}`, 'kafka'),
          startingPosition: StartingPosition.LATEST,
          provisionedPollerConfig: { minimumPollers: 1 },
        }),
      );
    }
    const found = faultsOf(stack).map((fault) => /KafkaMapping::([\w-]+): /.exec(fault)?.[1]);
    expect(found).toEqual(['starting-position', 'poller-group', 'starting-position', 'poller-group']);
  });

  test('the guard ignores mappings from other event sources', () => {
    const stack = guardedStack();
    new CfnEventSourceMapping(stack, 'Stream', {
      functionName: consumerFunction(stack, 'Consume', Duration.minutes(15)).functionName,
      eventSourceArn: 'arn:aws:kinesis:us-east-1:111122223333:stream/orders',
      startingPosition: 'LATEST',
      maximumRetryAttempts: 3,
    });
    expect(faultsOf(stack)).toEqual([]);
  });
});

describe('an acknowledged fault', () => {
  const latest = () => {
    const stack = guardedStack();
    return { stack, orders: mapping(stack, 'Orders', { startingPosition: 'LATEST', batchSize: 0 }) };
  };
  const acknowledgment = { id: 'KafkaMapping::starting-position', reason: 'Old orders are of no interest.' };

  test('a fault acknowledged on the mapping or on its stack is not reported, and other faults are', () => {
    for (const where of ['Orders', 'Shop']) {
      const { stack, orders } = latest();
      Validations.of(where === 'Orders' ? orders : stack).acknowledge(acknowledgment);
      expect(faultsOf(stack)).toEqual([expect.stringContaining('KafkaMapping::batch-size')]);
    }
  });

  test('a fault acknowledged with a blank reason is reported', () => {
    const { stack, orders } = latest();
    Validations.of(orders).acknowledge({ ...acknowledgment, reason: ' ' });
    expect(faultsOf(stack)).toHaveLength(2);
  });

  test('a fault acknowledged on one mapping is reported on another', () => {
    const { stack, orders } = latest();
    Validations.of(orders).acknowledge(acknowledgment);
    mapping(stack, 'Returns', { startingPosition: 'LATEST' });
    expect(faultsOf(stack)).toEqual([
      expect.stringContaining('[Shop/Orders] KafkaMapping::batch-size'),
      expect.stringContaining('[Shop/Returns] KafkaMapping::starting-position'),
    ]);
  });
});

test('a second synthesis reports each fault once and no corrected fault', () => {
  const stack = guardedStack();
  const orders = mapping(stack, 'Orders', { startingPosition: 'LATEST' });
  expect(faultsOf(stack)).toHaveLength(1);
  expect(faultsOf(stack)).toHaveLength(1);
  orders.startingPosition = 'TRIM_HORIZON';
  expect(faultsOf(stack)).toEqual([]);
});
