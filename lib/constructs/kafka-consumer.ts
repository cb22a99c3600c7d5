import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { EventSourceMapping, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Topic } from '../../lambdas/shared/kafka/topics.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { failedBatchesPrefix, type LakeBucket } from './lake-bucket.ts';
import { NodeFunction, type NodeFunctionProps } from './node-function.ts';

export interface KafkaConsumerProps extends NodeFunctionProps {
  readonly kafka: KafkaCluster;
  readonly topic: Topic;
  /** Records in one invoke, at most. */
  readonly batchSize: number;
  /** How long a batch may wait to fill. */
  readonly batchingWindow: Duration;
  /** Takes the batches that no attempt could process. */
  readonly failedBatches: LakeBucket;
}

/**
 * The most that Lambda allows. @see
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
const retryAttempts = 10_000;

/** A day before Kafka forgets `weather-data` itself. */
const recordAge = Duration.days(6);

/**
 * A function that consumes a topic: function, event source mapping, alarms, and the rights of its pollers.
 * The consumer group is the function's folder. Lambda's limits are KafkaMappingGuard's to hold.
 */
export class KafkaConsumer extends Construct {
  readonly function: NodeFunction;
  readonly mapping: EventSourceMapping;

  constructor(scope: Construct, id: string, props: KafkaConsumerProps) {
    super(scope, id);
    this.function = new NodeFunction(this, 'Function', props);
    props.kafka.grantConsume(this.function, props.topic, props.folder);
    props.failedBatches.grantHandIn(this.function, failedBatchesPrefix);
    this.mapping = this.#mapping(props);
    this.#alarmOnLag(props);
    this.#alarmOnFailedBatches(props);
  }

  #mapping({ config, kafka, topic, folder, batchSize, batchingWindow, failedBatches }: KafkaConsumerProps) {
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: this.function,
      eventSourceArn: kafka.arn,
      kafkaTopic: topic.name,
      kafkaConsumerGroupId: folder,
      // A new group reads what is there; LATEST also loses what arrives while the mapping is being created or
      // changed.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize,
      maxBatchingWindow: batchingWindow,
      provisionedPollerConfig: {
        minimumPollers: config.kafka.pollers.minimum,
        maximumPollers: Math.min(config.kafka.pollers.maximum, topic.partitions),
        // Shared: a mapping outside a group pays for an event poller unit of its own.
        pollerGroupName: `isobar-${config.stage}`,
      },
      bisectBatchOnError: true,
      // A dependency that is down must hold the offset. "No limit" together with a destination means 10
      // attempts.
      // https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html
      retryAttempts,
      maxRecordAge: recordAge,
      // Not the library's S3OnFailureDestination, which grants the whole bucket, deletion included.
      onFailure: { bind: () => ({ destination: failedBatches.bucket.bucketArn }) },
      supportS3OnFailureDestination: true,
      metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
    });
    // Lambda checks the role when a mapping is created, and the role's policy is a resource of its own.
    if (this.function.role !== undefined) mapping.node.addDependency(this.function.role);
    return mapping;
  }

  #alarmOnLag({ config, folder }: KafkaConsumerProps): Alarm {
    return new Metric({
      namespace: 'AWS/Lambda',
      metricName: 'OffsetLag',
      dimensionsMap: { FunctionName: this.function.functionName },
      statistic: 'Maximum',
      period: Duration.minutes(1),
    }).createAlarm(this, 'LagAlarm', {
      alarmName: `isobar-${config.stage}-${folder}-lag`,
      alarmDescription: 'docs/runbook.md#consumer-lag',
      threshold: config.kafka.lagAlarmRecords,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 5,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  #alarmOnFailedBatches({ config, folder }: KafkaConsumerProps): Alarm {
    return new Metric({
      namespace: 'AWS/Lambda',
      metricName: 'OnFailureDestinationDeliveredEventCount',
      dimensionsMap: { EventSourceMappingUUID: this.mapping.eventSourceMappingId },
      statistic: 'Sum',
      period: Duration.minutes(5),
    }).createAlarm(this, 'FailedBatchesAlarm', {
      alarmName: `isobar-${config.stage}-${folder}-failed-batches`,
      alarmDescription: 'docs/runbook.md#failed-batches',
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
