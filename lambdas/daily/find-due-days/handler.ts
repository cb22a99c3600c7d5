import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readConfig } from './config.ts';
import { findDueDays } from './find-due-days.ts';
import { daysToCorrect } from './row-counts-by-day.ts';

const config = readConfig();
const ports = { daysToCorrect: daysToCorrect(connectDatabase(config.database)) };

/** A state of the nightly workflow: returns the days for which it starts the daily workflow. */
export const handler = async ({ startedAt }: { startedAt: string }) => {
  const days = await findDueDays(Date.parse(startedAt), config.limits, ports);
  log.info('found', { days });
  return { days };
};
