import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { shippedScorer } from '../score-transaction/shipped-model.ts';
import { compareModels, readRequest } from './compare-models.ts';
import { readConfig } from './config.ts';
import { heldOutRows } from './held-out-rows.ts';
import { modelLake } from './lake.ts';

const { database, lakeBucket, margin } = readConfig();
const ports = {
  ...modelLake(lakeBucket),
  ...heldOutRows(connectDatabase(database)),
  shipped: shippedScorer,
};

/** A state of the retraining workflow. It reports whether the new model is better, and changes nothing. */
export const handler = async (event: unknown) => {
  const comparison = await compareModels(readRequest(event), margin, ports);
  log.info('compared', { isBetter: comparison.isBetter, reason: comparison.reason });
  return comparison;
};
