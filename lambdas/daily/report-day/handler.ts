import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { workflowMessages } from '../../shared/wire/workflow-message.ts';
import { readConfig } from './config.ts';
import { composeReport, type DayEnd, outcomeOf } from './report-day.ts';
import { reportTables } from './report-tables.ts';

const config = readConfig();
const database = connectDatabase(config.database);
const { readSummary, readRepeated, readPublished, endLakeRead } = reportTables(database);
const { keepMessage } = workflowMessages(database);

/** The last state of the daily workflow, however it ends: stores a message for notify-slack. */
export const handler = async (end: DayEnd & { readonly startedAt: string }) => {
  const day = end.check?.day;
  if (end.check?.runId !== undefined) await endLakeRead(end.check.runId);
  const rows = end.loaded && day ? await readSummary(day) : [];
  const repeated = end.loaded && day ? await readRepeated(day) : [];
  const message = composeReport(end, rows, day ? await readPublished(day) : undefined, repeated);
  await keepMessage(message, { workflow: 'daily', outcome: outcomeOf(end), startedAt: end.startedAt });
  log.info('reported', { key: message.key, title: message.title });
  return message;
};
