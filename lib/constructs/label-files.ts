import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { labelsTimeout, type StorageStack } from '../stacks/storage.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { labelsPrefix } from './lake-bucket.ts';
import { type FunctionSetting, NodeFunction } from './node-function.ts';

export interface LabelFilesProps extends FunctionSetting {
  readonly kafka: KafkaCluster;
  readonly storage: StorageStack;
}

/** Takes in the files that say, often days later, which transactions were frauds. */
export class LabelFiles extends Construct {
  constructor(scope: Construct, id: string, { config, network, bundles, kafka, storage }: LabelFilesProps) {
    super(scope, id);
    const record = new NodeFunction(this, 'RecordLabels', {
      config,
      network,
      bundles,
      folder: 'record-labels',
      memoryMb: 512,
      timeout: labelsTimeout,
      environment: {
        KAFKA_BROKERS: kafka.bootstrapBrokers,
        KAFKA_AUTH: config.kafka.access.auth,
        ...storage.database.environment,
      },
    });
    storage.database.grantConnect(record);
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
