import { expect, test } from '@jest/globals';
import { readNotices, sendNotices } from '../../../../../lambdas/errors/notify-slack/notices.ts';
import { parseBlocks } from '../../../../../localstack/slack-inbox/block-kit.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html */
const alarm = (value: string) => ({
  version: '0',
  'detail-type': 'CloudWatch Alarm State Change',
  source: 'aws.cloudwatch',
  time: '2019-10-02T17:04:40Z',
  detail: {
    alarmName: 'isobar-prod-land-observations-lag',
    configuration: { description: 'docs/runbook.md#consumer-lag', metrics: [] },
    previousState: { value: 'OK' },
    state: {
      value,
      reason: 'Threshold Crossed: 1 datapoint > 100000',
      timestamp: '2019-10-02T17:04:40.985+0000',
    },
  },
});

/** https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
const failedWorkflow = {
  'detail-type': 'Step Functions Execution Status Change',
  source: 'aws.states',
  time: '2019-02-26T19:42:21Z',
  detail: {
    stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:isobar-prod-sensor',
    name: '2024-07-01T12',
    status: 'TIMED_OUT',
    error: 'States.Timeout',
    cause: null,
  },
};

const queued = (...bodies: unknown[]) => ({
  Records: bodies.map((body) => ({ body: JSON.stringify(body) })),
});

const sent = async (event: unknown) => {
  const messages: string[] = [];
  await sendNotices(readNotices(event), async ({ text, blocks }) => {
    parseBlocks(blocks);
    messages.push(text, JSON.stringify(blocks));
    return { result: 'taken' };
  });
  return messages.join('\n');
};

test('an alarm is told with its reason and its chapter of the runbook, and told again when it is over', async () => {
  expect(await sent(queued(alarm('ALARM')))).toMatch(
    /isobar-prod-land-observations-lag is on.+1 datapoint &gt; 100000.+docs\/runbook.md#consumer-lag.+2019-10-02 17:04 UTC/s,
  );
  expect(await sent(queued(alarm('OK')))).toContain('isobar-prod-land-observations-lag is over');
});

test('a workflow that failed is told with its execution and its error', async () => {
  expect(await sent(queued(failedWorkflow))).toMatch(
    /isobar-prod-sensor timed out.+2024-07-01T12.+States.Timeout/s,
  );
});

test('a workflow that left a message of its own is not told a second time', () => {
  const toldAlready = ['NotPublished', 'NotRetrained'].map((error) => ({
    ...failedWorkflow,
    detail: { ...failedWorkflow.detail, status: 'FAILED', error },
  }));
  expect(readNotices(queued(...toldAlready))).toEqual([]);
});

test.each([
  [{}],
  [null],
  [{ hour: '2024-07-01T12' }],
  [queued({ alerts: 3 })],
  [queued({ 'detail-type': 'Another' })],
])('there is no notice in %j', (event) => expect(readNotices(event)).toEqual([]));

test.each([
  [{ result: 'later', retryAfterMs: 30_000 } as const, 'Slack asks to wait 30000 ms'],
  [{ result: 'failed', error: new Error('500') } as const, '500'],
])('a notice that Slack does not take is left in its queue: %j', async (answer, message) => {
  await expect(sendNotices(readNotices(queued(failedWorkflow)), async () => answer)).rejects.toThrow(message);
});
