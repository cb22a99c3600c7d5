import { embeddedMetrics } from '../../shared/aws/embedded-metric.ts';
import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readExecution } from '../shared/execution.ts';
import { encodeMetricSamples } from '../shared/metric-sample.ts';
import { fallMetrics, figuresAmong } from '../shared/own-metrics.ts';
import { readConfig } from './config.ts';
import { evaluateModel } from './evaluate-model.ts';
import { evaluationsTable } from './evaluations-table.ts';

const { database, spanSeconds, stage } = readConfig();
const ports = evaluationsTable(connectDatabase(database), { spanSeconds });

/** A state of the evaluation workflow, whose next state puts the samples on the queue of send-metrics. */
export const handler = async (event: unknown) => {
  const execution = readExecution(event);
  const { samples, fallen, ...evaluation } = await evaluateModel(execution, ports);
  const counts = { [fallMetrics.precision]: fallen.precision, [fallMetrics.recall]: fallen.recall };
  console.log(embeddedMetrics(stage, execution.startedAtMs, counts, figuresAmong(samples)));
  log.info('evaluated', { ...evaluation });
  return { ...evaluation, metricSamples: encodeMetricSamples(samples) };
};
