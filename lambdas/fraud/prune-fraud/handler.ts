import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readConfig } from './config.ts';
import { oldRows } from './old-rows.ts';
import { pruneFraud } from './prune-fraud.ts';

const { database, keepDays } = readConfig();
const { query } = connectDatabase(database);

/** Runs on a schedule. The result does not depend on when it last ran, and a second run is safe. */
export const handler = async (): Promise<void> => {
  log.info('pruned', await pruneFraud(keepDays, { ...oldRows(query), now: Date.now }));
};
