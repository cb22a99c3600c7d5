import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readConfig } from './config.ts';
import { readLines } from './lake.ts';
import { loadDailySummary, type Run } from './load-daily-summary.ts';
import { summaryTables } from './summary-tables.ts';

const config = readConfig();
const database = connectDatabase(config.database);

/** A state of the daily workflow: loads a run's result into Postgres, as the published result of its day. */
export const handler = async (run: Run) => {
  const loaded = await database.transaction((query) =>
    loadDailySummary(run, { ...summaryTables(query), readLines }),
  );
  log.info('loaded', { day: run.day, runId: run.runId, revision: loaded.revision, isNew: loaded.isNew });
  return loaded;
};
