import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { checkDay } from './check-day.ts';
import { readRequest } from './check-request.ts';
import { readConfig } from './config.ts';
import { dayTables } from './day-tables.ts';
import { openLake } from './lake.ts';
import { topicEnds } from './topic-ends.ts';

const config = readConfig();
const ports = {
  ...dayTables(connectDatabase(config.database)),
  readEnds: topicEnds(config.kafka),
  ...openLake(config.lakeBucket),
  now: Date.now,
};

/** A state of the daily workflow, which repeats it with its last answer until the day is complete. */
export const handler = async (event: unknown) => {
  const check = await checkDay(readRequest(event), config.limits, ports);
  log.info('checked', { day: check.day, status: check.status, reason: check.reason });
  return check;
};
