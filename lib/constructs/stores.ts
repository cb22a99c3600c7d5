import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Database } from './database.ts';
import type { LakeBucket } from './lake-bucket.ts';

/** The stores that functions use. The storage stack creates them. */
export interface Stores {
  readonly lake: LakeBucket;
  readonly database: Database;
  /** S3's notifications of dropped observation files. */
  readonly incomingFiles: Queue;
  /** S3's notifications of dropped label files. */
  readonly incomingLabels: Queue;
  /** S3's notifications of batches that no attempt could process. */
  readonly failedBatches: Queue;
}
