import { S3Client } from '@aws-sdk/client-s3';
import { insertErrors } from '../record-errors/errors-table.ts';
import { connectDatabase } from '../shared/database.ts';
import { log } from '../shared/log.ts';
import { readBatch } from './batch-files.ts';
import { readConfig } from './config.ts';
import { recordFailedBatches } from './record-failed-batches.ts';
import { claimFailures, settleAttempts } from './recorded-failures.ts';

const s3 = new S3Client();
const database = connectDatabase(readConfig().database);

export const handler = recordFailedBatches({
  read: (notice) => readBatch(s3, notice),
  store: (failures) =>
    database.transaction(async (query) => {
      const fresh = await settleAttempts(query, await claimFailures(query, failures));
      if (fresh.length > 0) await insertErrors(query, fresh);
      return fresh.length;
    }),
  log,
});
