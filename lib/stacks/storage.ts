import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';
import { Database } from '../constructs/database.ts';
import { LakeBucket } from '../constructs/lake-bucket.ts';
import type { Stores } from '../constructs/stores.ts';
import { WorkQueue } from '../constructs/work-queue.ts';
import type { NetworkStack } from './network.ts';

export interface StorageStackProps {
  readonly config: AppConfig;
  readonly network: NetworkStack;
}

/** One file at most; 200 MB take well under a minute. */
export const ingestTimeout = Duration.minutes(5);

/** One file at most; a million labels take about a minute. */
export const labelsTimeout = Duration.minutes(5);

/**
 * Eight hours of the delays in lambdas/shared/incoming/message-leases.ts: an outage of the brokers or the
 * database is over by then, and leaves no file to a person. A file that cannot be read at all waits as long
 * before one is told.
 */
const fileDeliveries = 100;

/** Six megabytes of records, read and stored. */
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
      // Eight hours again: the database may be what is out, and what the batches failed of.
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
    new CfnOutput(this, 'LakeBucketName', { value: this.lake.bucket.bucketName });
  }
}
