import { S3Client } from '@aws-sdk/client-s3';
import { log } from '../../shared/aws/log.ts';
import { removeObjects } from '../../shared/aws/remove-objects.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readBatch } from './batch-files.ts';
import { readConfig } from './config.ts';
import { recordFailedBatches } from './record-failed-batches.ts';
import { storeFailures } from './recorded-failures.ts';

const config = readConfig();
const s3 = new S3Client();
const database = connectDatabase(config.database);

export const handler = recordFailedBatches({
  read: (notice) => readBatch(s3, notice),
  store: (failures) =>
    database.transaction((query) =>
      storeFailures(query, failures, (keys) => removeObjects(s3, config.lakeBucket, keys)),
    ),
  log,
});
