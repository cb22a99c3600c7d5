import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { shippedScorer } from '../score-transaction/shipped-model.ts';
import { compareModels, readRequest } from './compare-models.ts';
import { readConfig } from './config.ts';
import { gatherEvidence } from './evidence.ts';
import { heldOutRows } from './held-out-rows.ts';
import { modelLake } from './lake.ts';

const { database, lakeBucket, margin } = readConfig();
const { query } = connectDatabase(database);
const ports = { ...modelLake(lakeBucket), ...heldOutRows({ query }), shipped: shippedScorer, query };

/**
 * A state of the retraining workflow, and the evidence for `npm run models -- promote`. It reports whether
 * the new model is better, and changes nothing.
 */
export const handler = async (event: unknown) => {
  const request = readRequest(event);
  const comparison =
    'heldOut' in request
      ? await compareModels(request, margin, ports)
      : await gatherEvidence(request, Date.now(), ports);
  log.info('compared', { isBetter: comparison.isBetter, reason: comparison.reason });
  return comparison;
};
