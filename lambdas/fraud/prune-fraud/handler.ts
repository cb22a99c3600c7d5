import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readConfig } from './config.ts';
import { oldRows } from './old-rows.ts';
import { pruneFraud } from './prune-fraud.ts';

const { database, keepDays } = readConfig();
const { query } = connectDatabase(database);

/** Runs on a schedule. What it deletes does not depend on when it last ran, nor on whether it runs twice. */
export const handler = async (): Promise<void> => {
  log.info('pruned', await pruneFraud(keepDays, { ...oldRows(query), now: Date.now }));
};
