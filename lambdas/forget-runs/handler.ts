import { connectDatabase } from '../shared/database.ts';
import { log } from '../shared/log.ts';
import { readConfig } from './config.ts';
import { forgetRuns, type Run } from './forget-runs.ts';
import { openLake } from './lake.ts';
import { replacedRunsTable } from './replaced-runs-table.ts';

const config = readConfig();
const { query } = connectDatabase(config.database);
const ports = { ...replacedRunsTable(query), ...openLake(config.lakeBucket), now: Date.now };

/** A state of the daily workflow, after the run it is given was published. */
export const handler = async (published: Run) => {
  const forgotten = await forgetRuns(published, ports);
  log.info('forgotten', { ...forgotten });
  return forgotten;
};
