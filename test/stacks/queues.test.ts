import { describe, expect, test } from '@jest/globals';
import { stages } from '../../lib/config.ts';
import { allOfType, type Located, templatesOf } from './synthesized.ts';
import { textIn } from './template-text.ts';

const templates = templatesOf(stages.prod);
const text = textIn(templates);
const queues = allOfType(templates, 'AWS::SQS::Queue');
const nameOf = ({ Properties }: Located): string => Properties.QueueName;
const day = 24 * 3_600;

const queueNamed = (name: string): Located => {
  const found = queues.find((queue) => nameOf(queue) === `isobar-prod-${name}`);
  if (found === undefined) throw new Error(`The app has no queue ${name}.`);
  return found;
};

const [working, dead] = [false, true].map((isDead) =>
  queues
    .filter((queue) => nameOf(queue).endsWith('-dead') === isDead)
    .map((queue) => ({ name: nameOf(queue), queue })),
);
if (working === undefined || dead === undefined) throw new Error('The app has no queues.');

test.each([...working, ...dead])('$name is encrypted and refuses connections without TLS', ({ queue }) => {
  expect(queue.Properties.SqsManagedSseEnabled).toBe(true);
  const policy = allOfType(templates, 'AWS::SQS::QueuePolicy').find(({ Properties }) =>
    text(Properties.Queues).includes(queue.id),
  );
  expect(policy?.Properties.PolicyDocument.Statement).toContainEqual(
    expect.objectContaining({
      Effect: 'Deny',
      Action: 'sqs:*',
      Principal: { AWS: '*' },
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    }),
  );
});

test.each(working)(
  '$name moves a message that keeps failing to a dead letter queue of its own',
  ({ name, queue }) => {
    const { deadLetterTargetArn } = queue.Properties.RedrivePolicy;
    expect(text(deadLetterTargetArn)).toBe(
      `<${queueNamed(`${name.replace('isobar-prod-', '')}-dead`).id}.Arn>`,
    );
  },
);

test.each(working)('only $name may move messages to its dead letter queue', ({ name }) => {
  const { redrivePermission, sourceQueueArns } = queueNamed(`${name.replace('isobar-prod-', '')}-dead`)
    .Properties.RedriveAllowPolicy;
  expect(redrivePermission).toBe('byQueue');
  expect(sourceQueueArns.map(text)).toEqual([`arn:<Partition>:sqs:us-east-1:<AccountId>:${name}`]);
});

test.each(working)('$name keeps a message for 4 days, longer than an outage of its function', ({ queue }) => {
  expect(queue.Properties.MessageRetentionPeriod).toBe(4 * day);
});

test.each(dead)('$name keeps a dead letter for 14 days, the most that SQS allows', ({ queue }) => {
  expect(queue.Properties.MessageRetentionPeriod).toBe(14 * day);
});

describe('deliveries before a message becomes a dead letter', () => {
  const deliveriesOf = (name: string): number => queueNamed(name).Properties.RedrivePolicy.maxReceiveCount;
  const visibilityS = (name: string): number => queueNamed(name).Properties.VisibilityTimeout;

  test.each(['incoming-files', 'incoming-labels'])('%s survives an outage of eight hours', (name) => {
    // 5, 10, … 160 s, then 300 s each: lambdas/shared/incoming/message-leases.ts.
    const waitsS = 315 + (deliveriesOf(name) - 6) * 300;
    expect(waitsS).toBeGreaterThan(7.9 * 3_600);
    expect(waitsS).toBeLessThan(8.1 * 3_600);
  });

  test('failed-batches survives an outage of the database of eight hours', () => {
    expect(deliveriesOf('failed-batches') * visibilityS('failed-batches')).toBe(8 * 3_600);
  });

  test('retries survives an outage of the brokers of half a day', () => {
    expect(deliveriesOf('retries') * visibilityS('retries')).toBeGreaterThan(12 * 3_600);
    // SQS's limit of maxReceiveCount:
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    expect(deliveriesOf('retries')).toBeLessThanOrEqual(1_000);
  });

  test('the queues to Slack give up after ten deliveries, and metric samples after twenty', () => {
    expect(['slack-nudges', 'slack-notices', 'metric-samples'].map(deliveriesOf)).toEqual([10, 10, 20]);
  });
});

test('a message stays hidden at least as long as its function may run: Lambda refuses the mapping otherwise', () => {
  const mappings = allOfType(templates, 'AWS::Lambda::EventSourceMapping').filter(
    ({ Properties }) => Properties.Topics === undefined,
  );
  expect(mappings.length).toBeGreaterThan(5);
  for (const { Properties } of mappings) {
    const source = text(Properties.EventSourceArn);
    const queue = queues.find(({ id }) => source.includes(`${id}.Arn`));
    const target = text(Properties.FunctionName);
    const lambda = allOfType(templates, 'AWS::Lambda::Function').find(({ id }) => target === `<${id}>`);
    expect(queue?.Properties.VisibilityTimeout).toBeGreaterThanOrEqual(lambda?.Properties.Timeout);
  }
});
