import { randomUUID } from 'node:crypto';
import { openBucket } from '../../shared/aws/bucket.ts';
import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readExecution } from '../shared/execution.ts';
import { readConfig } from './config.ts';
import { exportTrainingRows } from './export-training-rows.ts';
import { labelledTables } from './labelled-tables.ts';

const { database, lakeBucket, limits } = readConfig();
const lake = openBucket(lakeBucket);
const ports = {
  ...labelledTables(connectDatabase(database)),
  putLines: (key: string, lines: readonly string[]) => lake.put(key, lines.join('\n')),
  locationOf: lake.locationOf,
  attemptId: randomUUID,
};

/** The first state of the retraining workflow. */
export const handler = async (event: unknown) => {
  const made = await exportTrainingRows(readExecution(event), limits, ports);
  log.info(made.status, { version: made.version, reason: made.reason });
  return made;
};
