import { openBucket } from '../../shared/aws/bucket.ts';
import { log } from '../../shared/aws/log.ts';
import { fileNames } from '../../shared/incoming/ingested-files-table.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readConfig } from './config.ts';
import { generationsOnCluster } from './generations-table.ts';
import { recordFailedBatches } from './record-failed-batches.ts';
import { storeFailures } from './recorded-failures.ts';

const config = readConfig();
const lake = openBucket(config.lakeBucket);
const database = connectDatabase(config.database);

export const handler = recordFailedBatches({
  read: async ({ bucket, key }) => (await openBucket(bucket).find(key))?.text,
  nameFiles: fileNames(database),
  generationsOf: generationsOnCluster(database, config.epochs),
  store: (failures) => database.transaction((query) => storeFailures(query, failures, lake.remove)),
  log,
});
