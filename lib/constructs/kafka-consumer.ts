import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { EventSourceMapping, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type Topic, topics } from '../../lambdas/shared/kafka/topics.ts';
import type { AppConfig } from '../app-config.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { failedBatchesPrefix, type LakeBucket } from './lake-bucket.ts';
import { NodeFunction, type NodeFunctionProps } from './node-function.ts';

export interface KafkaConsumerProps extends NodeFunctionProps {
  readonly kafka: KafkaCluster;
  readonly topic: Topic;
  /** Most records of one invocation. */
  readonly batchSize: number;
  /** How long a batch waits for more records. */
  readonly batchingWindow: Duration;
  /** Receives the batches that no attempt could process. */
  readonly failedBatches: LakeBucket;
}

/** Lambda's maximum. @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html */
const retryAttempts = 10_000;

/** One day less than Kafka keeps `weather-data`. */
const recordAge = Duration.days(6);

/** The environment variable of functions that read or write the ledger. */
export const topicEpochs = ({ kafka }: AppConfig) => ({
  TOPIC_EPOCHS: Object.entries(topics)
    .map(([key, { name }]) => `${name}=${kafka.topicEpochs[key as keyof typeof topics]}`)
    .join(','),
});

/**
 * A function that consumes a topic, with its event source mapping, alarms, and the rights of its pollers.
 * The consumer group has the name of the function's folder. KafkaMappingGuard checks Lambda's limits.
 */
export class KafkaConsumer extends Construct {
  readonly function: NodeFunction;
  readonly mapping: EventSourceMapping;

  constructor(scope: Construct, id: string, props: KafkaConsumerProps) {
    super(scope, id);
    const environment = { ...props.environment, ...topicEpochs(props.config) };
    this.function = new NodeFunction(this, 'Function', { ...props, environment });
    props.kafka.grantConsume(this.function, props.topic, props.folder);
    props.failedBatches.grantPut(this.function, failedBatchesPrefix);
    this.mapping = this.#mapping(props);
    this.#alarmOnLag(props);
    this.#alarmOnFailedBatches(props);
    this.#alarmOnLostBatches(props);
  }

  #mapping({ config, kafka, topic, folder, batchSize, batchingWindow, failedBatches }: KafkaConsumerProps) {
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: this.function,
      eventSourceArn: kafka.arn,
      ...(kafka.sourceAccess.length > 0 ? { sourceAccessConfigurations: kafka.sourceAccess } : {}),
      kafkaTopic: topic.name,
      kafkaConsumerGroupId: folder,
      // LATEST would lose records that arrive while the mapping is created or updated.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize,
      maxBatchingWindow: batchingWindow,
      provisionedPollerConfig: {
        minimumPollers: config.kafka.pollers.minimum,
        maximumPollers: Math.min(config.kafka.pollers.maximum, topic.partitions),
        // Mappings in one group share event poller units; a mapping outside of it pays for its own.
        pollerGroupName: `isobar-${config.stage}`,
      },
      bisectBatchOnError: true,
      // While a dependency is down, the offset must not advance.
      // With a destination, "no limit" would mean 10 attempts:
      // https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html
      retryAttempts,
      maxRecordAge: recordAge,
      // The library's S3OnFailureDestination would grant all actions on the whole bucket.
      onFailure: { bind: () => ({ destination: failedBatches.bucket.bucketArn }) },
      supportS3OnFailureDestination: true,
      // The second group has MaxOffsetLag: how far the slowest partition of this mapping is behind.
      metricsConfig: { metrics: [MetricType.EVENT_COUNT, MetricType.KAFKA_METRICS] },
    });
    // Lambda checks the rights of the role when it creates the mapping, so the role's policy must come first.
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

  /**
   * When Lambda cannot deliver a batch to its destination either, the metric above is silent.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
   */
  #alarmOnLostBatches({ config, folder }: KafkaConsumerProps): void {
    for (const { id, metricName, dimensionsMap } of [
      {
        id: 'Dropped',
        metricName: 'DroppedEventCount',
        dimensionsMap: { EventSourceMappingUUID: this.mapping.eventSourceMappingId },
      },
      {
        id: 'Undelivered',
        metricName: 'DestinationDeliveryFailures',
        dimensionsMap: { FunctionName: this.function.functionName },
      },
    ])
      new Metric({
        namespace: 'AWS/Lambda',
        metricName,
        dimensionsMap,
        statistic: 'Sum',
        period: Duration.minutes(5),
      }).createAlarm(this, `${id}BatchesAlarm`, {
        alarmName: `isobar-${config.stage}-${folder}-${id.toLowerCase()}-batches`,
        alarmDescription: 'docs/runbook.md#failed-batches',
        threshold: 0,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
  }
}
