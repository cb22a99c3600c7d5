import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findQueueUrl, openQueue } from '../../../../../lambdas/shared/aws/queue.ts';
import { waitFor } from '../../../../../localstack/wait-for.ts';
import { required } from '../../test-database.ts';

let sqs: SQSClient;

beforeAll(() => {
  const settings = { AWS_ENDPOINT_URL: required('ISOBAR_TEST_AWS_ENDPOINT_URL'), AWS_REGION: 'us-east-1' };
  Object.assign(process.env, settings, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  sqs = new SQSClient();
});
afterAll(() => sqs.destroy());

async function newQueue() {
  const QueueName = `test-${randomUUID()}`;
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName }));
  const receive = async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 60 }),
    );
    return Messages.map(({ Body = '', ReceiptHandle = '' }) => ({ body: Body, handle: ReceiptHandle }));
  };
  return { name: QueueName, url, receive };
}

test('the queue has every message, of more than fit into the requests made at once', async () => {
  const { url, receive } = await newQueue();
  const queue = openQueue(url);
  const bodies = Array.from({ length: 93 }, (_, n) => `message ${n}`);
  await queue.send(bodies.map((body) => ({ body })));
  expect(await queue.count()).toBe(93);
  const received: string[] = [];
  await waitFor(
    'all messages',
    async () => {
      received.push(...(await receive()).map(({ body }) => body));
      return received.length >= 93;
    },
    { deadlineMs: 30_000 },
  );
  expect(received.toSorted()).toEqual(bodies.toSorted());
});

test('a message is delivered after its delay', async () => {
  const { url, receive } = await newQueue();
  await openQueue(url).send([{ body: 'later', delaySeconds: 900 }, { body: 'now' }]);
  const received: string[] = [];
  await waitFor(
    'the message without a delay',
    async () => {
      received.push(...(await receive()).map(({ body }) => body));
      return received.length > 0;
    },
    { deadlineMs: 30_000 },
  );
  expect(received).toEqual(['now']);
});

test('a received message comes back when it is no longer hidden, and is counted all the time', async () => {
  const { url, receive } = await newQueue();
  const queue = openQueue(url);
  await queue.send([{ body: 'again' }]);
  const [first] = await receive();
  expect(await receive()).toEqual([]);
  expect(await queue.count()).toBe(1);
  await queue.hide(first?.handle ?? '', 0);
  expect((await receive()).map(({ body }) => body)).toEqual(['again']);
});

test('an error names the queue', async () => {
  const queue = openQueue(`${(await newQueue()).url}-none`);
  await expect(queue.send([{ body: 'x' }])).rejects.toThrow(/^Sending 1 messages to .*-none failed$/);
  await expect(queue.count()).rejects.toThrow(/^Counting the messages of .*-none failed$/);
});

test('the URL of a queue is found by its ARN', async () => {
  const { name, url } = await newQueue();
  expect(await findQueueUrl(`arn:aws:sqs:us-east-1:000000000000:${name}`)).toBe(url);
});
