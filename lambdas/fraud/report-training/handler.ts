import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { workflowMessages } from '../../shared/wire/workflow-message.ts';
import { readConfig } from './config.ts';
import { composeReport, outcomeOf, type TrainingEnd } from './report-training.ts';

const { keepMessage } = workflowMessages(connectDatabase(readConfig().database));

/** The last state of the retraining workflow, whatever its result: stores a message for notify-slack. */
export const handler = async (end: TrainingEnd & { readonly startedAt: string }) => {
  const message = composeReport(end);
  await keepMessage(message, { workflow: 'retraining', outcome: outcomeOf(end), startedAt: end.startedAt });
  log.info('reported', { key: message.key, title: message.title });
  return message;
};
