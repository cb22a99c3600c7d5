import { connectDatabase } from '../shared/database.ts';
import { log } from '../shared/log.ts';
import { workflowMessages } from '../shared/workflow-message.ts';
import { readConfig } from './config.ts';
import { composeReport, type TrainingEnd } from './report-training.ts';

const { keepMessage } = workflowMessages(connectDatabase(readConfig().database));

/** The last state of the retraining workflow, however it ended: leaves a message for notify-slack. */
export const handler = async (end: TrainingEnd) => {
  const message = composeReport(end);
  await keepMessage(message);
  log.info('reported', { key: message.key, title: message.title });
  return message;
};
