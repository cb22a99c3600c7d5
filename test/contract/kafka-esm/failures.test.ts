import { describe, expect, test } from '@jest/globals';
import { eventually } from './cluster.ts';
import { type KafkaEvent, recordsOf, textOf } from './lambda-api.ts';
import { FUNCTION, numbers, setStage, texts } from './stage.ts';

const { cluster, api, delivered, start, selfManaged, untilCommitted } = setStage();

const provisioned = (topic: string, settings: object) =>
  selfManaged(topic, { ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 2 }, ...settings });
const poisoned = (event: KafkaEvent) => texts(event).includes('poison');
const invoked = () => api().calls.map(({ event }) => texts(event).join(' '));

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
describe('with provisioned pollers', () => {
  test('a batch is dropped after its retries, and the next one follows', async () => {
    const topic = await cluster().createTopic(1);
    await cluster().produce(topic, 0, ['poison', 'a', 'b']);
    const { UUID } = api().put(provisioned(topic, { BatchSize: 2, MaximumRetryAttempts: 1 }));
    api().behave(FUNCTION, (event) => (poisoned(event) ? { functionError: 'Unhandled' } : {}));
    await start();
    await untilCommitted(UUID, topic, 3);
    expect(invoked()).toEqual(['poison a', 'poison a', 'b']);
  });

  test('bisecting finds the poisoned record; all others succeed, in order', async () => {
    const topic = await cluster().createTopic(1);
    const values = [...numbers(5), 'poison', ...numbers(4, 5)];
    await cluster().produce(topic, 0, values);
    const { UUID } = api().put(
      provisioned(topic, { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 0 }),
    );
    api().behave(FUNCTION, (event) => (poisoned(event) ? { functionError: 'Unhandled' } : {}));
    await start();
    await untilCommitted(UUID, topic, 10);
    expect(delivered()).toEqual(numbers(9));
  });

  test('only the records that the function names are retried', async () => {
    const topic = await cluster().createTopic(1);
    await cluster().produce(topic, 0, numbers(4));
    const { UUID } = api().put(provisioned(topic, { FunctionResponseTypes: ['ReportBatchItemFailures'] }));
    api().behave(FUNCTION, (_event, earlier) => {
      const failures = [1, 3].map((offset) => ({ itemIdentifier: { partition: `${topic}-0`, offset } }));
      return earlier.length === 0 ? { body: { batchItemFailures: failures } } : {};
    });
    await start();
    await untilCommitted(UUID, topic, 4);
    expect(invoked()).toEqual(['0 1 2 3', '1 3']);
  });

  test('records that are too old are not delivered', async () => {
    const topic = await cluster().createTopic(1);
    await cluster().produce(topic, 0, [{ value: 'old', timestamp: String(Date.now() - 120_000) }, 'new']);
    const { UUID } = api().put(provisioned(topic, { MaximumRecordAgeInSeconds: 60 }));
    await start();
    await untilCommitted(UUID, topic, 2);
    expect(invoked()).toEqual(['new']);
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
describe('the on-failure destination', () => {
  const failing = async (Destination: string, settings: object = {}) => {
    const topic = await cluster().createTopic(1);
    await cluster().produce(topic, 0, [{ key: 'k', value: 'poison' }, 'a']);
    api().behave(FUNCTION, (event) => (poisoned(event) ? { functionError: 'Unhandled' } : {}));
    const { UUID } = api().put(
      provisioned(topic, {
        BatchSize: 1,
        MaximumRetryAttempts: 1,
        DestinationConfig: { OnFailure: { Destination } },
        ...settings,
      }),
    );
    await start();
    return { topic, UUID };
  };
  const metadata = (topic: string) => ({
    requestContext: { functionArn: FUNCTION, condition: 'RetriesExhausted', approximateInvokeCount: 2 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    KafkaBatchInfo: {
      batchSize: 1,
      bootstrapServers: cluster().brokers.join(),
      recordsInfo: { [`${topic}-0`]: { firstRecordOffset: '0', lastRecordOffset: '0' } },
    },
  });
  const destinationCalls = () => api().otherCalls.filter(({ path }) => !path.startsWith('/_isobar'));

  test('on S3 gets the metadata with the whole event', async () => {
    api().answerOthers(() => ({ status: 200 }));
    const { topic, UUID } = await failing('arn:aws:s3:::dead-letters');
    await untilCommitted(UUID, topic, 2);
    const [put, ...more] = destinationCalls();
    expect(more).toEqual([]);
    expect(put?.method).toBe('PUT');
    expect(put?.path).toMatch(
      new RegExp(
        `^/dead-letters/aws/lambda/${UUID}/\\d{4}/\\d\\d/\\d\\d/\\d{4}-\\d\\d-\\d\\dT\\d\\d\\.\\d\\d\\.\\d\\d-.+`,
      ),
    );
    const body = JSON.parse(put?.body ?? '');
    expect(body).toMatchObject(metadata(topic));
    expect(texts(JSON.parse(body.payload))).toEqual(['poison']);
    expect(body.KafkaBatchInfo.payloadSize).toBe(body.payload.length);
  });

  test('on SQS gets the metadata alone', async () => {
    api().answerOthers(() => ({ status: 200, body: '{}' }));
    const { topic, UUID } = await failing('arn:aws:sqs:us-east-1:000000000000:dead-letters');
    await untilCommitted(UUID, topic, 2);
    const [send] = destinationCalls();
    const { QueueUrl, MessageBody } = JSON.parse(send?.body ?? '');
    expect(QueueUrl).toMatch(/\/000000000000\/dead-letters$/);
    expect(JSON.parse(MessageBody)).toMatchObject(metadata(topic));
    expect(JSON.parse(MessageBody)).not.toHaveProperty('payload');
  });

  test('on SNS gets the metadata alone', async () => {
    api().answerOthers(() => ({ status: 200 }));
    const { topic, UUID } = await failing('arn:aws:sns:us-east-1:000000000000:dead-letters');
    await untilCommitted(UUID, topic, 2);
    const published = new URLSearchParams(destinationCalls()[0]?.body);
    expect(published.get('TopicArn')).toBe('arn:aws:sns:us-east-1:000000000000:dead-letters');
    expect(JSON.parse(published.get('Message') ?? '')).toMatchObject(metadata(topic));
  });

  test('on Kafka gets each record with its event, under its key', async () => {
    const dead = await cluster().createTopic(1);
    const { topic, UUID } = await failing(`kafka://${dead}`);
    await untilCommitted(UUID, topic, 2);
    const consumer = cluster().kafka.consumer({ groupId: cluster().newName('reader') });
    await consumer.subscribe({ topic: dead, fromBeginning: true });
    const received: { key: string | undefined; value: string }[] = [];
    await consumer.run({
      eachMessage: async ({ message }) => {
        received.push({ key: message.key?.toString(), value: message.value?.toString() ?? '' });
      },
    });
    await eventually(
      () => received.length,
      (count) => count === 1,
    );
    await consumer.disconnect();
    const { KafkaBatchInfo, payload, ...rest } = JSON.parse(received[0]?.value ?? '');
    const { KafkaBatchInfo: _info, ...expected } = metadata(topic);
    expect(received[0]?.key).toBe('k');
    expect(rest).toMatchObject(expected);
    expect(KafkaBatchInfo).toMatchObject({ batchSize: 1, recordInfo: { offset: '0' } });
    expect(recordsOf(payload).map(textOf)).toEqual(['poison']);
  });

  test('that is down blocks the partition until it takes the records', async () => {
    api().answerOthers(({ path }) => ({
      status: path.startsWith('/dead-letters') && destinationCalls().length >= 3 ? 200 : 503,
    }));
    const { topic, UUID } = await failing('arn:aws:s3:::dead-letters');
    await untilCommitted(UUID, topic, 2);
    expect(destinationCalls()).toHaveLength(3);
    expect(delivered()).toEqual(['a']);
  });

  test('gets a record that is too large for an invoke, which is never made', async () => {
    api().answerOthers(() => ({ status: 200 }));
    const topic = await cluster().createTopic(1, { config: { 'max.message.bytes': '8000000' } });
    await cluster().produce(topic, 0, ['x'.repeat(5_000_000)]);
    await cluster().produce(topic, 0, ['a']);
    const DestinationConfig = { OnFailure: { Destination: 'arn:aws:s3:::dead-letters' } };
    const { UUID } = api().put(selfManaged(topic, { DestinationConfig }));
    await start();
    await untilCommitted(UUID, topic, 2);
    expect(invoked()).toEqual(['a']);
    expect(JSON.parse(destinationCalls()[0]?.body ?? '')).toMatchObject({
      requestContext: { condition: 'MaximumPayloadSizeExceeded', approximateInvokeCount: 0 },
      responseContext: null,
    });
  });
});
