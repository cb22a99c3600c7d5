import type { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { labelsPrefix } from './lake-bucket.ts';
import { type FunctionSetting, NodeFunction } from './node-function.ts';
import type { Stores } from './stores.ts';

export interface LabelFilesProps extends FunctionSetting {
  readonly kafka: KafkaCluster;
  readonly storage: Stores;
  readonly timeout: Duration;
}

/** Reads the label files, which say, often days later, which transactions were fraud. */
export class LabelFiles extends Construct {
  constructor(scope: Construct, id: string, props: LabelFilesProps) {
    super(scope, id);
    const { kafka, storage, timeout } = props;
    const record = new NodeFunction(this, 'RecordLabels', {
      ...props,
      folder: 'record-labels',
      memoryMb: 512,
      timeout,
      environment: kafka.environment,
    });
    storage.database.connect(record, 'fraud');
    storage.lake.grantRead(record, labelsPrefix);
    kafka.grantProduce(record, topics.errorData);
    record.addEventSource(
      new SqsEventSource(storage.incomingLabels, {
        batchSize: 1,
        maxConcurrency: 2,
        reportBatchItemFailures: true,
      }),
    );
  }
}
