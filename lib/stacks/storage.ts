import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { CfnEventSubscription } from 'aws-cdk-lib/aws-rds';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';
import { Database } from '../constructs/database.ts';
import { LakeBucket } from '../constructs/lake-bucket.ts';
import type { Stores } from '../constructs/stores.ts';
import { WorkQueue } from '../constructs/work-queue.ts';
import { alarmTopicArn } from '../observability/alarms.ts';
import { databaseName } from '../observability/targets.ts';
import type { NetworkStack } from './network.ts';

export interface StorageStackProps {
  readonly config: AppConfig;
  readonly network: NetworkStack;
}

/** For one file; 200 MB take well under a minute. */
export const ingestTimeout = Duration.minutes(5);

/** For one file; a million labels take about a minute. */
export const labelsTimeout = Duration.minutes(5);

/**
 * About eight hours, with the delays of lambdas/shared/incoming/message-leases.ts. After a shorter outage of
 * the brokers or the database, no file needs a person. An unreadable file is a dead letter after eight hours.
 */
const fileDeliveries = 100;

/** For 6 MB of records, read and stored. */
export const batchTimeout = Duration.minutes(1);

export class StorageStack extends Stack implements Stores {
  readonly lake: LakeBucket;
  readonly incomingFiles: Queue;
  readonly incomingLabels: Queue;
  readonly failedBatches: Queue;
  readonly database: Database;

  constructor(scope: Construct, { config, network }: StorageStackProps) {
    super(scope, 'Storage', { stackName: `isobar-${config.stage}-storage`, env: { region: config.region } });
    this.incomingFiles = new WorkQueue(this, 'IncomingFiles', {
      config,
      name: 'incoming-files',
      visibilityTimeout: ingestTimeout,
      maxReceiveCount: fileDeliveries,
    }).queue;
    this.incomingLabels = new WorkQueue(this, 'IncomingLabels', {
      config,
      name: 'incoming-labels',
      visibilityTimeout: labelsTimeout,
      maxReceiveCount: fileDeliveries,
    }).queue;
    this.failedBatches = new WorkQueue(this, 'FailedBatches', {
      config,
      name: 'failed-batches',
      visibilityTimeout: batchTimeout,
      // Eight hours as well: batches may fail because the database is down, and then this queue waits too.
      maxReceiveCount: 480,
    }).queue;
    this.lake = new LakeBucket(this, 'Lake', {
      config,
      incomingFiles: this.incomingFiles,
      incomingLabels: this.incomingLabels,
      failedBatches: this.failedBatches,
    });
    this.database = new Database(this, 'Database', {
      config,
      vpc: network.vpc,
      securityGroup: network.database,
    });
    this.#onDatabaseEvents(config);
    new CfnOutput(this, 'LakeBucketName', { value: this.lake.bucket.bucketName });
  }
  /**
   * A failover, a lost standby and a full disk are events of RDS, and no metrics. RDS takes no subscription
   * to an instance that does not exist yet.
   */
  #onDatabaseEvents(config: AppConfig): void {
    const events = new CfnEventSubscription(this, 'DatabaseEvents', {
      snsTopicArn: alarmTopicArn(config),
      sourceType: 'db-instance',
      sourceIds: [databaseName(config)],
      eventCategories: ['availability', 'failover', 'failure', 'low storage', 'recovery'],
    });
    events.node.addDependency(this.database);
  }
}
