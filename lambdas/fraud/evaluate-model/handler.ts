import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { encodeGaugeUpdates } from '../shared/gauge-update.ts';
import { readConfig } from './config.ts';
import { evaluateModel, readRequest } from './evaluate-model.ts';
import { evaluationsTable } from './evaluations-table.ts';

const { database, spanSeconds } = readConfig();
const ports = evaluationsTable(connectDatabase(database), { spanSeconds });

/** A state of the evaluation workflow, which sends the updates on. */
export const handler = async (event: unknown) => {
  const { updates, ...evaluation } = await evaluateModel(readRequest(event), ports);
  log.info('evaluated', { ...evaluation });
  return { ...evaluation, gaugeUpdates: encodeGaugeUpdates(updates) };
};
