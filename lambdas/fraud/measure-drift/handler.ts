import { embeddedMetrics } from '../../shared/aws/embedded-metric.ts';
import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { modelReferences } from '../monitor-transactions/model-references.ts';
import { type Warning, warningMetrics } from '../shared/drift-bands.ts';
import { metricSamplesQueue } from '../shared/metric-samples-queue.ts';
import { readConfig } from './config.ts';
import { countsInWindow, deleteHistogramsBefore } from './histograms-table.ts';
import { measureDrift, scheduledTimeOf } from './measure-drift.ts';
import { scoresInWindow } from './scores-table.ts';
import { segmentsInWindow } from './segments-table.ts';

const config = readConfig();
const { query } = connectDatabase(config.database);
const ports = {
  countsOf: (span: { fromMs: number; toMs: number }) => countsInWindow(query, span),
  scoresOf: (span: { fromMs: number; toMs: number }, version: string) => scoresInWindow(query, span, version),
  segmentsOf: (span: { fromMs: number; toMs: number }, version: string) =>
    segmentsInWindow(query, span, version),
  referenceOf: modelReferences({ bucket: config.lakeBucket, log }),
  send: metricSamplesQueue(config.metricSamplesQueueUrl),
};

const countsBeyond = (beyond: Readonly<Record<Warning, number>>) =>
  Object.fromEntries(
    Object.entries(warningMetrics).map(([warning, name]) => [name, beyond[warning as Warning]]),
  );

export const handler = async (event: unknown): Promise<void> => {
  const nowMs = scheduledTimeOf(event, Date.now());
  await deleteHistogramsBefore(query, nowMs - config.keepMs);
  const measured = await measureDrift(nowMs, config.rules, ports);
  log.info('drift', measured);
  if (measured.beyond)
    console.log(embeddedMetrics(config.stage, nowMs, countsBeyond(measured.beyond), measured.figures));
};
