import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readExecution } from '../shared/execution.ts';
import { encodeMetricSamples } from '../shared/metric-sample.ts';
import { readConfig } from './config.ts';
import { evaluateModel } from './evaluate-model.ts';
import { evaluationsTable } from './evaluations-table.ts';

const { database, spanSeconds } = readConfig();
const ports = evaluationsTable(connectDatabase(database), { spanSeconds });

/** A state of the evaluation workflow, whose next state puts the samples on the queue of send-metrics. */
export const handler = async (event: unknown) => {
  const { samples, ...evaluation } = await evaluateModel(readExecution(event), ports);
  log.info('evaluated', { ...evaluation });
  return { ...evaluation, metricSamples: encodeMetricSamples(samples) };
};
