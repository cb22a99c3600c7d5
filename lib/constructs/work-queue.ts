import { Duration, Stack } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue, QueueEncryption, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';

export interface WorkQueueProps {
  readonly config: AppConfig;
  /** Queue name without the prefix of project and stage. */
  readonly name: string;
  /** How long a received message stays hidden: at least the timeout of the function. */
  readonly visibilityTimeout: Duration;
  /** Deliveries of a message before it moves to the dead letter queue. */
  readonly maxReceiveCount: number;
}

/** A queue in front of a function, with a dead letter queue and an alarm on that. */
export class WorkQueue extends Construct {
  readonly queue: Queue;

  constructor(
    scope: Construct,
    id: string,
    { config, name, visibilityTimeout, maxReceiveCount }: WorkQueueProps,
  ) {
    super(scope, id);
    const queueName = `isobar-${config.stage}-${name}`;
    const deadLetters = new Queue(this, 'DeadLetters', {
      queueName: `${queueName}-dead`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      // By name: with a reference, each queue would depend on the other.
      redriveAllowPolicy: {
        redrivePermission: RedrivePermission.BY_QUEUE,
        sourceQueues: [
          Queue.fromQueueArn(
            this,
            'Source',
            Stack.of(this).formatArn({ service: 'sqs', resource: queueName }),
          ),
        ],
      },
    });
    this.queue = new Queue(this, 'Queue', {
      queueName,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(4),
      visibilityTimeout,
      deadLetterQueue: { queue: deadLetters, maxReceiveCount },
    });
    deadLetters
      .metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) })
      .createAlarm(this, 'Alarm', {
        alarmName: `${queueName}-dead-letters`,
        alarmDescription: 'docs/runbook.md#dead-letters',
        threshold: 0,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
  }
}
