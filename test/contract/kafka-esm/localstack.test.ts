import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, connectCluster, eventually } from './cluster.ts';
import { createStacks } from './stacks.ts';
import { texts } from './stage.ts';

const stacks = createStacks();
let cluster: Cluster;
beforeAll(async () => {
  cluster = await connectCluster();
});
afterEach(() => stacks.deleteAll());
afterAll(() => cluster?.close());

const CODE = `exports.handler = async ({ records }) => {
  for (const { value } of Object.values(records).flat()) {
    if (Buffer.from(value, 'base64').toString() === 'poison') throw new Error('poisoned');
  }
};`;

/**
 * A stack with a function that fails on "poison", and a provisioned mapping with a destination for each
 * topic.
 */
function templateOf(
  EventSourceArn: string,
  { toQueue, toBucket, bucket }: { toQueue: string; toBucket: string; bucket: string },
) {
  const mapping = (topic: string, destination: object) => ({
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      FunctionName: { Ref: 'Function' },
      EventSourceArn,
      Topics: [topic],
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 1,
      MaximumRetryAttempts: 1,
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 1 },
      DestinationConfig: { OnFailure: { Destination: destination } },
    },
  });
  return {
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'lambda.amazonaws.com' },
                Action: 'sts:AssumeRole',
              },
            ],
          },
        },
      },
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: { ZipFile: CODE },
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        },
      },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: toQueue } },
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: bucket } },
      ToQueue: mapping(toQueue, { 'Fn::GetAtt': ['Queue', 'Arn'] }),
      ToBucket: mapping(toBucket, { 'Fn::GetAtt': ['Bucket', 'Arn'] }),
    },
  };
}

async function mappingOf(
  topic: string,
): Promise<{ UUID: string; State: string; LastProcessingResult: string }> {
  const { body } = await stacks.aws({
    service: 'lambda',
    method: 'GET',
    path: '/2015-03-31/event-source-mappings/',
  });
  const all: { UUID: string; State: string; LastProcessingResult: string; Topics?: string[] }[] = JSON.parse(
    body.toString(),
  ).EventSourceMappings;
  const found = all.find(({ Topics }) => Topics?.includes(topic));
  if (!found) throw new Error(`no mapping of topic ${topic}`);
  return found;
}

const untilLastResult = (topic: string, result: RegExp) =>
  eventually(
    () => mappingOf(topic),
    ({ LastProcessingResult }) => result.test(LastProcessingResult),
  );

async function receive(queue: string): Promise<string | undefined> {
  const { body } = await stacks.aws({
    service: 'sqs',
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ReceiveMessage' },
    body: Buffer.from(
      JSON.stringify({
        QueueUrl: `${stacks.endpointUrl}/queue/us-east-1/000000000000/${queue}`,
        WaitTimeSeconds: 1,
      }),
    ),
  });
  return JSON.parse(body.toString()).Messages?.[0]?.Body;
}

const get = async (path: string, query: { [name: string]: string } = {}) =>
  (await stacks.aws({ service: 's3', method: 'GET', path, query })).body.toString();

test('on LocalStack, destinations on SQS and S3 get failed batches, and the Lambda API shows the last result', async () => {
  const [toQueue, toBucket] = [await cluster.createTopic(1), await cluster.createTopic(1)];
  const bucket = cluster.newName('failed');
  const template = templateOf(await stacks.mskClusterArn(), { toQueue, toBucket, bucket });
  await stacks.deploy(cluster.newName('destinations'), template);
  for (const topic of [toQueue, toBucket]) await cluster.produce(topic, 0, ['poison']);

  const message = await eventually(
    () => receive(toQueue),
    (body) => body !== undefined,
  );
  expect(JSON.parse(message ?? '')).toMatchObject({
    requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 },
    responseContext: { statusCode: 200, functionError: 'Unhandled' },
    KafkaBatchInfo: {
      batchSize: 1,
      recordsInfo: { [`${toQueue}-0`]: { firstRecordOffset: '0', lastRecordOffset: '0' } },
    },
  });

  const listed = await eventually(
    () => get(`/${bucket}`, { 'list-type': '2' }),
    (xml) => xml.includes('<Key>'),
  );
  const key = /<Key>([^<]+)<\/Key>/.exec(listed)?.[1] ?? '';
  const { UUID } = await untilLastResult(toBucket, /^PROBLEM: /);
  expect(key).toMatch(new RegExp(`^aws/lambda/${UUID}/\\d{4}/\\d\\d/\\d\\d/`));
  expect(texts(JSON.parse(JSON.parse(await get(`/${bucket}/${key}`)).payload))).toEqual(['poison']);

  for (const topic of [toQueue, toBucket]) {
    await cluster.produce(topic, 0, ['a']);
    expect(await untilLastResult(topic, /^OK$/)).toMatchObject({ State: 'Enabled' });
  }
  // CloudFormation does not delete a bucket with objects.
  await stacks.aws({ service: 's3', method: 'DELETE', path: `/${bucket}/${key}` });
});
