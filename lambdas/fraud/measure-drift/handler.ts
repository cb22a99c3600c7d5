import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { modelReferences } from '../monitor-transactions/model-references.ts';
import { metricSamplesQueue } from '../shared/metric-samples-queue.ts';
import { readConfig } from './config.ts';
import { countsInWindow, deleteHistogramsBefore } from './histograms-table.ts';
import { measureDrift, scheduledTimeOf } from './measure-drift.ts';
import { scoresInWindow } from './scores-table.ts';

const config = readConfig();
const { query } = connectDatabase(config.database);
const ports = {
  countsOf: (span: { fromMs: number; toMs: number }) => countsInWindow(query, span),
  scoresOf: (span: { fromMs: number; toMs: number }, version: string) => scoresInWindow(query, span, version),
  referenceOf: modelReferences({ bucket: config.lakeBucket, log }),
  send: metricSamplesQueue(config.metricSamplesQueueUrl),
};

export const handler = async (event: unknown): Promise<void> => {
  const nowMs = scheduledTimeOf(event, Date.now());
  await deleteHistogramsBefore(query, nowMs - config.keepMs);
  log.info('drift', await measureDrift(nowMs, config.rules, ports));
};
