import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { recordJobRun } from '../../shared/postgres/job-runs-table.ts';
import { readConfig } from './config.ts';
import { findDueDays } from './find-due-days.ts';
import { daysToCorrect } from './row-counts-by-day.ts';

const config = readConfig();
const database = connectDatabase(config.database);
const ports = { daysToCorrect: daysToCorrect(database) };
const ran = recordJobRun(database.query);

/** A state of the nightly workflow: returns the days for which it starts the daily workflow. */
export const handler = async ({ startedAt }: { startedAt: string }) => {
  const days = await findDueDays(Date.parse(startedAt), config.limits, ports);
  await ran('daily');
  log.info('found', { days });
  return { days };
};
