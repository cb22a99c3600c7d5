import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { openCatalog } from './catalog.ts';
import { readConfig } from './config.ts';
import { expireSupersededRuns } from './expire-superseded-runs.ts';
import { openLake } from './lake.ts';
import { supersededRunsTable } from './superseded-runs-table.ts';

const config = readConfig();
const { query } = connectDatabase(config.database);
const ports = {
  ...supersededRunsTable(query),
  ...openLake(config.lakeBucket),
  runsInCatalog: openCatalog(config.catalogDatabase),
  now: Date.now,
};

/** A state of the daily workflow, after the day was published. */
export const handler = async ({ day }: { day: string }) => {
  const expired = await expireSupersededRuns(day, ports);
  log.info('expired', { ...expired });
  return expired;
};
