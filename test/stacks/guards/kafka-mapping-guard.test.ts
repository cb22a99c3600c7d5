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
import { withApp } from '../synthesized.ts';
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

test.each(Object.values(stages))('our own app has no fault in $stage', (config) => {
  withApp(config, (app) => expect(faultsOf(app)).toEqual([]));
});

test('our own app is watched: a mapping of it that is changed to LATEST is found', () => {
  withApp(stages.dev, (app) => {
    const mappings = app.node.findAll().filter(CfnEventSourceMapping.isCfnEventSourceMapping);
    const kafka = mappings.find(({ topics }) => topics !== undefined);
    kafka?.addPropertyOverride('StartingPosition', 'LATEST');
    expect(faultsOf(app)).toEqual([
      expect.stringContaining(`[${kafka?.node.path}] KafkaMapping::starting-position`),
    ]);
  });
});

describe('a mapping on its own', () => {
  const faultsWith = (props: Partial<CfnEventSourceMappingProps>): string[] => {
    const stack = guardedStack();
    mapping(stack, 'Orders', props);
    return faultsOf(stack);
  };

  test('that keeps every rule passes', () => {
    expect(faultsWith({})).toEqual([]);
  });

  test.each<[string, Partial<CfnEventSourceMappingProps>]>([
    ['BisectBatchOnFunctionError', { bisectBatchOnFunctionError: true }],
    ['MaximumRetryAttempts', { maximumRetryAttempts: 0 }],
    ['MaximumRecordAgeInSeconds', { maximumRecordAgeInSeconds: 60 }],
    ['FunctionResponseTypes', { functionResponseTypes: ['ReportBatchItemFailures'] }],
  ])('may set %s with provisioned pollers only', (property, props) => {
    expect(faultsWith(props)).toEqual([
      `[Shop/Orders] KafkaMapping::provisioned-pollers: ${property} takes provisioned pollers, and this mapping has none. Set ProvisionedPollerConfig, or leave ${property} out. See https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html`,
    ]);
    expect(faultsWith({ ...props, provisionedPollerConfig })).toEqual([]);
  });

  test('may spell out the defaults without provisioned pollers', () => {
    expect(
      faultsWith({
        bisectBatchOnFunctionError: false,
        maximumRetryAttempts: -1,
        maximumRecordAgeInSeconds: -1,
      }),
    ).toEqual([]);
  });

  test('may fail to a topic with provisioned pollers only', () => {
    const destinationConfig = kafkaDestination('failed-orders');
    expect(faultsWith({ destinationConfig })).toEqual([
      '[Shop/Orders] KafkaMapping::provisioned-destination: The topic failed-orders as on-failure destination takes provisioned pollers, and this mapping has none. Set ProvisionedPollerConfig, or send failures to SQS, SNS or S3. See https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html',
    ]);
    expect(faultsWith({ destinationConfig, provisionedPollerConfig })).toEqual([]);
  });

  test('may fail to a queue without them', () => {
    const stack = guardedStack();
    const queue = new Queue(stack, 'Failed');
    mapping(stack, 'Orders', { destinationConfig: { onFailure: { destination: queue.queueArn } } });
    expect(faultsOf(stack)).toEqual([]);
  });

  test('may not fail to a topic that it reads', () => {
    expect(faultsWith({ destinationConfig: kafkaDestination('orders'), provisionedPollerConfig })).toEqual([
      '[Shop/Orders] KafkaMapping::destination-loop: The on-failure destination orders is a source topic of Shop/Orders, so a failure comes back as a record. Send failures to a topic that no mapping reads. See https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html',
    ]);
  });

  test('may not start at LATEST', () => {
    expect(faultsWith({ startingPosition: 'LATEST' })).toEqual([
      '[Shop/Orders] KafkaMapping::starting-position: LATEST loses the records that arrive during the minutes in which the mapping is created or updated. Start at TRIM_HORIZON or AT_TIMESTAMP. See https://docs.aws.amazon.com/lambda/latest/dg/kafka-starting-positions.html',
    ]);
    expect(
      faultsWith({ startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp: 1_767_225_600 }),
    ).toEqual([]);
  });

  test.each([0, 10_001])('may not have a batch of %i records', (batchSize) => {
    expect(faultsWith({ batchSize })).toEqual([
      `[Shop/Orders] KafkaMapping::batch-size: BatchSize is ${batchSize}, and a batch holds 1 to 10000 records. Set it within that range. See https://docs.aws.amazon.com/lambda/latest/dg/msk-esm-parameters.html`,
    ]);
  });

  test.each([1, 10_000])('may have a batch of %i records', (batchSize) => {
    expect(faultsWith({ batchSize })).toEqual([]);
  });

  test('is not judged by what only the deploy knows', () => {
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

describe('the timeout of the function', () => {
  const faultsAt = (timeout: Duration, name: (consume: ReturnType<typeof consumerFunction>) => string) => {
    const stack = guardedStack();
    const consume = consumerFunction(stack, 'Consume', timeout);
    allow(consume, { actions: ['kafka-cluster:*'], resources: ['*'] });
    new CfnEventSourceMapping(stack, 'Orders', faultless({ functionName: name(consume) }));
    return faultsOf(stack);
  };

  test('may be 14 minutes', () => {
    expect(faultsAt(Duration.minutes(14), ({ functionName }) => functionName)).toEqual([]);
  });

  test.each<[string, Parameters<typeof faultsAt>[1]]>([
    ['name', ({ functionName }) => functionName],
    ['ARN', ({ functionArn }) => functionArn],
    ['version', ({ currentVersion }) => currentVersion.functionArn],
    ['alias', (consume) => consume.addAlias('live').functionArn],
  ])('may not be more, also when the mapping names the function by its %s', (_, name) => {
    expect(faultsAt(Duration.seconds(841), name)).toEqual([
      '[Shop/Orders] KafkaMapping::function-timeout: The function Shop/Consume/Resource may run for 841 s, and behind Kafka the most is 840 s (14 minutes). Lower its timeout. See https://docs.aws.amazon.com/lambda/latest/dg/with-msk-configure.html',
    ]);
  });
});

describe('two mappings on one cluster', () => {
  test('may not send each other their failures', () => {
    const stack = guardedStack();
    const destinationConfig = kafkaDestination('returns');
    mapping(stack, 'Orders', { destinationConfig, provisionedPollerConfig });
    mapping(stack, 'Returns', { topics: ['returns'], provisionedPollerConfig });
    expect(faultsOf(stack)).toEqual([
      expect.stringContaining(
        '[Shop/Orders] KafkaMapping::destination-loop: The on-failure destination returns is a source topic of Shop/Returns',
      ),
    ]);
  });

  test('may do so when the topic of that name is on another cluster', () => {
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
    ['groups of their own', 'orders', 'returns'],
  ])('share their pollers, which they do not in %s', (_, first, second) => {
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
      'KafkaMapping::poller-group: 2 mappings with provisioned pollers read this cluster, and this one shares its pollers with none of them, so it pays for its own. Give them one ProvisionedPollerConfig.PollerGroupName. See https://docs.aws.amazon.com/lambda/latest/dg/msk-esm-parameters.html';
    expect(faultsOf(stack)).toEqual([`[Shop/Orders] ${fault}`, `[Shop/Returns] ${fault}`]);
  });

  test('need no group when one of them, or both, poll on demand', () => {
    const stack = guardedStack();
    mapping(stack, 'Orders', { provisionedPollerConfig: { minimumPollers: 1 } });
    mapping(stack, 'Returns');
    expect(faultsOf(stack)).toEqual([]);
  });

  test('are on one cluster also when one of them is in another stack', () => {
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

describe("the library's own event sources", () => {
  test('MSK: every fault of it is found at once, each under the path of the mapping', () => {
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

  test('self-managed Kafka: the same rules, but for the rights, which IAM does not give there', () => {
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

  test('other sources are none of its business', () => {
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

describe('a fault that is acknowledged with a reason', () => {
  const latest = () => {
    const stack = guardedStack();
    return { stack, orders: mapping(stack, 'Orders', { startingPosition: 'LATEST', batchSize: 0 }) };
  };
  const acknowledgment = { id: 'KafkaMapping::starting-position', reason: 'Old orders are of no interest.' };

  test('is not reported, on the mapping or on what it is part of; the others are', () => {
    for (const where of ['Orders', 'Shop']) {
      const { stack, orders } = latest();
      Validations.of(where === 'Orders' ? orders : stack).acknowledge(acknowledgment);
      expect(faultsOf(stack)).toEqual([expect.stringContaining('KafkaMapping::batch-size')]);
    }
  });

  test('is reported when the reason is blank', () => {
    const { stack, orders } = latest();
    Validations.of(orders).acknowledge({ ...acknowledgment, reason: ' ' });
    expect(faultsOf(stack)).toHaveLength(2);
  });

  test('is reported on other mappings', () => {
    const { stack, orders } = latest();
    Validations.of(orders).acknowledge(acknowledgment);
    mapping(stack, 'Returns', { startingPosition: 'LATEST' });
    expect(faultsOf(stack)).toEqual([
      expect.stringContaining('[Shop/Orders] KafkaMapping::batch-size'),
      expect.stringContaining('[Shop/Returns] KafkaMapping::starting-position'),
    ]);
  });
});

test('a second synthesis repeats no fault and sees what was mended', () => {
  const stack = guardedStack();
  const orders = mapping(stack, 'Orders', { startingPosition: 'LATEST' });
  expect(faultsOf(stack)).toHaveLength(1);
  expect(faultsOf(stack)).toHaveLength(1);
  orders.startingPosition = 'TRIM_HORIZON';
  expect(faultsOf(stack)).toEqual([]);
});
