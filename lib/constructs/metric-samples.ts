import { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { FraudApi } from './fraud-api.ts';
import { type FunctionSetting, NodeFunction } from './node-function.ts';
import { WorkQueue } from './work-queue.ts';

export interface MetricSamplesProps extends FunctionSetting {
  readonly api: FraudApi;
}

/** For ten requests of at most 5 s, and as many messages to delay. */
const timeout = Duration.minutes(2);

/** Sends metric samples to the API: a queue that keeps each until the API accepts it, and its function. */
export class MetricSamples extends Construct {
  /** Queue of bodies for `POST /update_metrics`. */
  readonly queue: Queue;

  constructor(scope: Construct, id: string, props: MetricSamplesProps) {
    super(scope, id);
    const { config, api } = props;
    this.queue = new WorkQueue(this, 'Queue', {
      config,
      name: 'metric-samples',
      visibilityTimeout: timeout,
      // About four hours, with the delays between the attempts.
      maxReceiveCount: 20,
    }).queue;
    const send = new NodeFunction(this, 'SendMetrics', {
      ...props,
      folder: 'send-metrics',
      memoryMb: 256,
      timeout,
      environment: {
        UPDATE_METRICS_URL: api.urlOf('update_metrics'),
        UPDATE_METRICS_TOKEN_ARN: api.updateMetricsToken.arn,
        METRIC_SAMPLES_QUEUE_URL: this.queue.queueUrl,
        RETRY_FIRST_DELAY_SECONDS: String(config.retry.firstDelaySeconds),
        RETRY_MAX_DELAY_SECONDS: String(config.retry.maxDelaySeconds),
      },
    });
    api.updateMetricsToken.grantRead(send);
    send.addEventSource(
      new SqsEventSource(this.queue, { batchSize: 10, maxConcurrency: 2, reportBatchItemFailures: true }),
    );
  }
}
