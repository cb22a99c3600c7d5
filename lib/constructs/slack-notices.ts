import { Arn, ArnFormat, type Duration, Stack } from 'aws-cdk-lib';
import { type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';
import { prometheusTopicArn } from '../observability/alarms.ts';
import { WorkQueue } from './work-queue.ts';

export interface SlackNoticesProps {
  readonly config: AppConfig;
  readonly visibilityTimeout: Duration;
}

/** The queue of events for Slack: alarms of this stage that go on or off, and its workflows that fail. */
export class SlackNotices extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { config, visibilityTimeout }: SlackNoticesProps) {
    super(scope, id);
    this.queue = new WorkQueue(this, 'Notices', {
      config,
      name: 'slack-notices',
      visibilityTimeout,
      maxReceiveCount: 10,
    }).queue;
    if (config.managedPrometheus !== undefined)
      this.queue.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal('sns.amazonaws.com')],
          actions: ['sqs:SendMessage'],
          resources: [this.queue.queueArn],
          conditions: { ArnEquals: { 'aws:SourceArn': prometheusTopicArn(config) } },
        }),
      );
    this.#forward('AlarmChanges', `isobar-${config.stage}-alarm-changes`, {
      source: ['aws.cloudwatch'],
      detailType: ['CloudWatch Alarm State Change'],
      detail: {
        alarmName: [{ prefix: `isobar-${config.stage}-` }],
        // Every new alarm changes from INSUFFICIENT_DATA to OK, which nobody needs to know.
        $or: [
          { state: { value: ['ALARM'] } },
          { state: { value: ['OK'] }, previousState: { value: ['ALARM'] } },
        ],
      },
    });
    const machines = Arn.format(
      {
        service: 'states',
        resource: 'stateMachine',
        resourceName: `isobar-${config.stage}-`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      },
      Stack.of(this),
    );
    this.#forward('FailedWorkflows', `isobar-${config.stage}-failed-workflows`, {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [{ prefix: machines }], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    });
  }

  #forward(id: string, ruleName: string, eventPattern: EventPattern): void {
    new Rule(this, id, { ruleName, eventPattern, targets: [new SqsQueue(this.queue)] });
  }
}
