import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { warningMetrics } from '../../lambdas/fraud/shared/drift-bands.ts';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { addAlarm } from '../observability/alarms.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { KafkaConsumer } from './kafka-consumer.ts';
import { modelsPrefix } from './lake-bucket.ts';
import { type FunctionSetting, NodeFunction } from './node-function.ts';
import type { Stores } from './stores.ts';

export interface TransactionMonitorProps extends FunctionSetting {
  readonly kafka: KafkaCluster;
  readonly storage: Stores;
  /** Queue of bodies for `POST /update_metrics`. */
  readonly metricSamples: Queue;
}

/**
 * Monitors scored transactions: a consumer stores and counts them, and a scheduled function compares the
 * counts with the training data of the model.
 * @see docs/adr/0015-drift.md
 */
export class TransactionMonitor extends Construct {
  readonly #props: TransactionMonitorProps;

  constructor(scope: Construct, id: string, props: TransactionMonitorProps) {
    super(scope, id);
    this.#props = props;
    this.#monitorTransactions();
    this.#measureDrift();
  }

  #monitorTransactions(): void {
    const { config, kafka, storage } = this.#props;
    const { function: monitor } = new KafkaConsumer(this, 'MonitorTransactions', {
      ...this.#props,
      folder: 'monitor-transactions',
      memoryMb: 1024,
      timeout: Duration.minutes(2),
      environment: {
        ...kafka.environment,
        LAKE_BUCKET: storage.lake.bucket.bucketName,
        DRIFT_BUCKET_SECONDS: String(config.drift.bucketSeconds),
      },
      topic: topics.transactions,
      batchSize: 5_000,
      batchingWindow: Duration.seconds(1),
      failedBatches: storage.lake,
    });
    storage.database.connect(monitor, 'fraud');
    storage.lake.grantRead(monitor, modelsPrefix);
    kafka.grantProduce(monitor, topics.errorData);
  }

  #measureDrift(): void {
    const { config, storage, metricSamples } = this.#props;
    const measure = new NodeFunction(this, 'MeasureDrift', {
      ...this.#props,
      folder: 'measure-drift',
      memoryMb: 512,
      timeout: Duration.minutes(1),
      environment: {
        STAGE: config.stage,
        LAKE_BUCKET: storage.lake.bucket.bucketName,
        METRIC_SAMPLES_QUEUE_URL: metricSamples.queueUrl,
        DRIFT_WINDOW_MINUTES: String(config.drift.windowMinutes),
        DRIFT_LEAST_TRANSACTIONS: String(config.drift.leastTransactions),
        DRIFT_KEEP_DAYS: String(config.drift.keepDays),
      },
    });
    storage.database.connect(measure, 'fraud');
    storage.lake.grantRead(measure, modelsPrefix);
    metricSamples.grantSendMessages(measure);
    new Rule(this, 'MeasureNowAndThen', {
      ruleName: `isobar-${config.stage}-measure-drift`,
      schedule: Schedule.rate(Duration.minutes(config.drift.everyMinutes)),
      targets: [new LambdaFunction(measure)],
    });
    this.#alarmOnDrift(measure);
  }

  /**
   * Prometheus warns where there is one. On AWS without it, these alarms do: measure-drift writes their
   * metrics into its log, in CloudWatch's embedded metric format.
   */
  #alarmOnDrift(measure: NodeFunction): void {
    const { stage, drift } = this.#props.config;
    for (const [warning, metricName] of Object.entries(warningMetrics))
      addAlarm(this, stage, {
        id: `${metricName}Alarm`,
        name: `fraud-drift-${warning}`,
        runbook: warning === 'missing' || warning === 'unseen' ? 'fraud-input' : 'fraud-drift',
        metric: { namespace: 'Isobar', metricName, dimensionsMap: { stage }, statistic: 'Minimum' },
        above: 0,
        // Two measurements fall into each of the five periods.
        minutes: 10 * drift.everyMinutes,
      });
    addAlarm(this, stage, {
      id: 'DriftDeadAlarm',
      name: 'drift-dead',
      runbook: 'dead-job',
      metric: {
        namespace: 'AWS/Lambda',
        metricName: 'Invocations',
        dimensionsMap: { FunctionName: measure.functionName },
        statistic: 'Sum',
      },
      below: 1,
      minutes: 5 * drift.everyMinutes,
      missingIsBad: true,
    });
  }
}
