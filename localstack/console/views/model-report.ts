import { readFileSync } from 'node:fs';
import path from 'node:path';
import shipped from '../../../lambdas/fraud/score-transaction/shipped-model/model.json' with { type: 'json' };
import {
  currentModelKey,
  isModelVersion,
  modelFileKey,
  versionFrom,
} from '../../../lambdas/fraud/shared/model-version.ts';
import { openBucket } from '../../../lambdas/shared/aws/bucket.ts';
import { localAccount } from '../../platform/local-account.ts';
import { projectRoot } from '../../setup/tools.mjs';
import { Refused } from '../server.ts';
import type { Sources } from '../sources.ts';

const shippedReport = path.join(projectRoot, 'lambdas/fraud/score-transaction/shipped-model/report.html');

/** The report of the training of a model; without a version, of the model in use. */
export async function readModelReport(
  { endpoints }: Pick<Sources, 'endpoints'>,
  query: URLSearchParams,
): Promise<string> {
  const lake = openBucket(endpoints.lakeBucket, {
    client: { ...localAccount(endpoints), forcePathStyle: true },
  });
  const inUse = async () => {
    const pointer = await lake.find(currentModelKey);
    return pointer ? versionFrom(pointer.text, currentModelKey) : shipped.version;
  };
  const version = query.get('version') ?? (await inUse());
  if (!isModelVersion(version)) throw new Refused(400, 'version: expected the version of a model.');
  if (version === shipped.version) return readFileSync(shippedReport, 'utf8');
  const report = await lake.find(modelFileKey(version, 'report.html'));
  if (report) return report.text;
  throw new Refused(404, `There is no report of ${version}: no such model, or one of an older release.`);
}
