import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { Aws, AwsRequest } from './aws.ts';
import { endOf, type Place, type Slice, startOf } from './batch.ts';
import { type Condition, type Failure, failureRecord } from './failure-record.ts';
import type { Mapping } from './mappings.ts';
import type { Invocation } from './outcome.ts';

/** Records that will not be delivered, why, and the last answer of the function to them. */
export type Discarded = {
  place: Place;
  slices: Slice[];
  condition: Condition;
  /** How many invokes with these records reached the function. */
  invokes: number;
  invocation: Invocation | undefined;
};

export type SendToDestination = (discarded: Discarded) => Promise<void>;

/**
 * Creates the function that sends discarded records to a mapping's on-failure destination (S3, SQS, SNS or
 * Kafka): https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html. Undefined when the mapping has
 * no destination. The function throws when the destination does not accept the records.
 */
export function createDestination(
  mapping: Mapping,
  { aws, kafka, bootstrapServers }: { aws: Aws; kafka: Kafka; bootstrapServers: string },
): SendToDestination | undefined {
  const target = mapping.onFailure;
  if (!target) return undefined;
  const describe = (discarded: Discarded): Failure => ({
    ...discarded,
    functionArn: mapping.functionArn,
    bootstrapServers,
    eventSourceArn: 'clusterArn' in mapping.source ? mapping.source.clusterArn : undefined,
    at: new Date(),
  });
  if (target.startsWith('kafka://')) return toKafka(target.slice('kafka://'.length), kafka, describe);

  const [, , service, region = '', account = '', name = ''] = target.split(':');
  const post = async (request: AwsRequest) => {
    const { status } = await aws(request);
    if (status >= 300) throw new Error(`${service} answered ${status}`);
  };
  switch (service) {
    case 's3':
      return (discarded) => {
        const failure = describe(discarded);
        const body = Buffer.from(failureRecord(failure, 'text'));
        return post({
          service,
          method: 'PUT',
          path: `/${name}/${objectKey(mapping.uuid, failure.at)}`,
          body,
        });
      };
    case 'sqs':
      return (discarded) =>
        post({
          service,
          method: 'POST',
          path: '/',
          headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' },
          body: Buffer.from(
            JSON.stringify({
              QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/${name}`,
              MessageBody: failureRecord(describe(discarded)),
            }),
          ),
        });
    case 'sns':
      return (discarded) =>
        post({
          service,
          method: 'POST',
          path: '/',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: Buffer.from(
            new URLSearchParams({
              Action: 'Publish',
              Version: '2010-03-31',
              TopicArn: target,
              Message: failureRecord(describe(discarded)),
            }).toString(),
          ),
        });
    default:
      throw new Error(`${target} cannot be an on-failure destination`);
  }
}

/**
 * Sends one message per record, with the record's own key: kafka-on-failure-destination.html, "Record
 * format".
 */
function toKafka(
  topic: string,
  kafka: Kafka,
  describe: (discarded: Discarded) => Failure,
): SendToDestination {
  return async (discarded) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    try {
      await producer.connect();
      for (const slice of singleRecords(discarded.slices)) {
        await producer.send({
          topic,
          acks: -1,
          messages: [
            {
              key: keyOf(slice),
              value: failureRecord({ ...describe(discarded), slices: [slice] }, 'object'),
            },
          ],
        });
      }
    } finally {
      await producer.disconnect();
    }
  };
}

function* singleRecords(slices: Slice[]): Generator<Slice> {
  for (const { segment, from, to } of slices) {
    for (let i = from; i < to; i++) yield { segment, from: i, to: i + 1 };
  }
}

/** The key of a single record. */
function keyOf(slice: Slice): Buffer | null {
  const text = slice.segment.bytes.toString('latin1', startOf(slice), endOf(slice));
  const record: { key?: string } = JSON.parse(text);
  return record.key === undefined ? null : Buffer.from(record.key, 'base64');
}

/** aws/lambda/<mapping>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random> */
function objectKey(uuid: string, at: Date): string {
  const time = at.toISOString().slice(0, 19);
  return `aws/lambda/${uuid}/${time.slice(0, 10).replaceAll('-', '/')}/${time.replaceAll(':', '.')}-${randomUUID()}`;
}
