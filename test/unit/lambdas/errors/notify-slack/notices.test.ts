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
    return { result: 'accepted' };
  });
  return messages.join('\n');
};

test('an alarm is sent with its reason and its runbook link, and once more when it is over', async () => {
  expect(await sent(queued(alarm('ALARM')))).toMatch(
    /isobar-prod-land-observations-lag is on.+1 datapoint &gt; 100000.+docs\/runbook.md#consumer-lag.+2019-10-02 17:04 UTC/s,
  );
  expect(await sent(queued(alarm('OK')))).toContain('isobar-prod-land-observations-lag is over');
});

test('a failed workflow is sent with its execution and its error', async () => {
  expect(await sent(queued(failedWorkflow))).toMatch(
    /isobar-prod-sensor timed out.+2024-07-01T12.+States.Timeout/s,
  );
});

test('a workflow that stored a message of its own makes no notice', () => {
  const withMessage = ['NotPublished', 'NotRetrained'].map((error) => ({
    ...failedWorkflow,
    detail: { ...failedWorkflow.detail, status: 'FAILED', error },
  }));
  expect(readNotices(queued(...withMessage))).toEqual([]);
});

test.each([
  [{}],
  [null],
  [{ hour: '2024-07-01T12' }],
  [queued({ alerts: 3 })],
  [queued({ 'detail-type': 'Another' })],
  [queued({ 'detail-type': 'constructor' })],
])('%j contains no notice', (event) => expect(readNotices(event)).toEqual([]));

test.each([
  [{ result: 'rate-limited', retryAfterMs: 30_000 } as const, 'asks for a wait of 30000 ms'],
  [{ result: 'failed', error: new Error('500') } as const, '500'],
])('a notice stays in its queue when Slack answers %j', async (answer, message) => {
  await expect(sendNotices(readNotices(queued(failedWorkflow)), async () => answer)).rejects.toThrow(message);
});
