import { S3Client } from '@aws-sdk/client-s3';
import { connectDatabase } from '../shared/database.ts';
import { log } from '../shared/log.ts';
import { removeObjects } from '../shared/remove-objects.ts';
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
