import { openBucket } from '../../shared/aws/bucket.ts';
import { log } from '../../shared/aws/log.ts';
import { openQueue } from '../../shared/aws/queue.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { checkDayQuality } from './check-day-quality.ts';
import { readConfig } from './config.ts';
import { countsTables } from './counts-tables.ts';
import { readReport } from './run-report.ts';

const config = readConfig();
const { readCounts, countUnfinished } = countsTables(connectDatabase(config.database));
const incomingFiles = openQueue(config.incomingFilesQueueUrl);
const lake = openBucket(config.lakeBucket);

/** A state of the daily workflow: checks the result of a run before anyone sees it. */
export const handler = async (event: { day: string; runId: string; rows: number }) => {
  const { day, runId, rows } = event;
  const report = readReport(JSON.parse(await lake.read(`daily/reports/event_date=${day}/run=${runId}.json`)));
  const counts = { ...(await readCounts(day)), landedBefore: rows };
  const unfinished = { ...(await countUnfinished()), files: await incomingFiles.count() };
  const verdict = checkDayQuality(report, counts, unfinished, config);
  log.info('checked', { day, runId, ...verdict });
  return { ...verdict, report };
};
