import { describe, expect, test } from '@jest/globals';
import { eventually } from './cluster.ts';
import { type KafkaEvent, recordsOf, textOf } from './lambda-api.ts';
import { FUNCTION, setStage, texts } from './stage.ts';

const { cluster, api, start, selfManaged, untilCommitted } = setStage();

const provisioned = (topic: string, settings: object) =>
  selfManaged(topic, { ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 2 }, ...settings });
const poisoned = (event: KafkaEvent) => texts(event).includes('poison');

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
describe('the record at an on-failure destination', () => {
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
  const metadata = (topic: string, condition: string) => ({
    requestContext: { functionArn: FUNCTION, condition, approximateInvokeCount: 2 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    KafkaBatchInfo: {
      batchSize: 1,
      bootstrapServers: cluster().brokers.join(),
      recordsInfo: { [`${topic}-0`]: { firstRecordOffset: '0', lastRecordOffset: '0' } },
    },
  });
  const destinationCalls = () => api().otherCalls.filter(({ path }) => !path.startsWith('/_isobar'));

  test('a failure record on S3 has the metadata and the whole event', async () => {
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
    expect(body).toMatchObject(metadata(topic, 'RetryAttemptsExhausted'));
    expect(texts(JSON.parse(body.payload))).toEqual(['poison']);
    expect(body.KafkaBatchInfo.payloadSize).toBe(body.payload.length);
  });

  test('Kafka gets one failure record per record of the batch, with its event and its key', async () => {
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
    const { KafkaBatchInfo: _info, ...expected } = metadata(topic, 'RetriesExhausted');
    expect(received[0]?.key).toBe('k');
    expect(rest).toMatchObject(expected);
    expect(KafkaBatchInfo).toMatchObject({ batchSize: 1, recordInfo: { offset: '0' } });
    expect(recordsOf(payload).map(textOf)).toEqual(['poison']);
  });
});
