import type { IoMessage } from '@aws-cdk/toolkit-lib';
import { expect, test } from '@jest/globals';
import { DeployProgress, type StackProgress } from '../../../../lib/deploy/progress.ts';

const activity = (event: Record<string, string>, constructPath?: string) =>
  ({
    code: 'CDK_TOOLKIT_I5502',
    data: {
      event: { StackName: 'isobar-dev-storage', ...event },
      metadata: constructPath && { constructPath },
      progress: { completed: 3, total: 8 },
    },
  }) as unknown as IoMessage<unknown>;

const stackType = 'AWS::CloudFormation::Stack';

test('the progress of each stack is reported, and its end', async () => {
  const reports: StackProgress[] = [];
  const progress = new DeployProgress((report) => reports.push(report));
  await progress.notify(activity({ ResourceType: 'AWS::SQS::Queue', ResourceStatus: 'CREATE_COMPLETE' }));
  await progress.notify(activity({ ResourceType: stackType, ResourceStatus: 'UPDATE_COMPLETE' }));
  await progress.notify({
    code: 'CDK_TOOLKIT_I5000',
    message: 'Synthesis time',
  } as unknown as IoMessage<unknown>);
  const at = { stack: 'isobar-dev-storage', completed: 3, total: 8 };
  expect(reports).toEqual([
    { ...at, finished: false },
    { ...at, finished: true },
  ]);
});

test('a stack that was rolled back is not reported as finished', async () => {
  const reports: StackProgress[] = [];
  const progress = new DeployProgress((report) => reports.push(report));
  await progress.notify(activity({ ResourceType: stackType, ResourceStatus: 'UPDATE_ROLLBACK_COMPLETE' }));
  expect(reports.map(({ finished }) => finished)).toEqual([false]);
});

test('a failed deploy names the failed resource with its reason, and no consequent failure', async () => {
  const progress = new DeployProgress(() => {});
  const failed = { ResourceStatus: 'CREATE_FAILED', ResourceType: 'AWS::RDS::DBInstance' };
  await progress.notify(activity({ ...failed, ResourceStatusReason: 'no such subnet' }, 'Storage/Database'));
  await progress.notify(
    activity({ ...failed, ResourceStatusReason: 'Resource creation cancelled' }, 'Storage/Lake'),
  );
  await progress.notify(
    activity({ ResourceStatus: 'ROLLBACK_FAILED', ResourceType: stackType, ResourceStatusReason: 'x' }),
  );
  const cause = new Error('Stack is in ROLLBACK_COMPLETE');
  const error = progress.explain(cause);
  expect(error.message).toBe(
    'The deploy failed.\n  isobar-dev-storage: Storage/Database (AWS::RDS::DBInstance): no such subnet',
  );
  expect(error.cause).toBe(cause);
});

test('a deploy that fails before any resource gives the reason', () => {
  expect(new DeployProgress(() => {}).explain(new Error('no credentials')).message).toContain(
    'no credentials',
  );
});
