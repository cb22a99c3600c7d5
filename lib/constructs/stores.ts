import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Database } from './database.ts';
import type { LakeBucket } from './lake-bucket.ts';

/** Where functions keep and find their data; the storage stack creates it. */
export interface Stores {
  readonly lake: LakeBucket;
  readonly database: Database;
  /** Announcements of dropped observation files. */
  readonly incomingFiles: Queue;
  /** Announcements of dropped label files. */
  readonly incomingLabels: Queue;
  /** Announcements of batches that Lambda gave up on. */
  readonly failedBatches: Queue;
}
