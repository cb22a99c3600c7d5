import { stages } from '../../lib/config.ts';
import { deployApart } from '../../lib/deploy/deploy-apart.ts';
import type { Outputs } from '../../lib/deploy/deploy-assembly.ts';
import type { ReportProgress } from '../../lib/deploy/progress.ts';
import { bootstrapLocally } from './bootstrap.ts';
import { localEnvironment } from './environment.ts';
import { refuseUnsupportedResources, type SkippedResource } from './supported-resources.ts';

export interface LocalDeployOptions {
  /** Directory that `synthesize({ stage: 'local' })` wrote. */
  readonly assembly: string;
  readonly endpointUrl: string;
  readonly onProgress: ReportProgress;
  /** Called for each resource that is skipped locally. */
  readonly onSkipped?: (skipped: SkippedResource) => void;
}

/**
 * Deploys the stacks of stage local to LocalStack.
 * @throws Error when the endpoint is not on this machine or does not support a resource type
 */
export async function deployLocally({
  assembly,
  endpointUrl,
  onProgress,
  onSkipped = () => undefined,
}: LocalDeployOptions): Promise<Outputs> {
  const account = { endpointUrl, region: stages.local.region };
  const environment = localEnvironment(account, process.env);
  const skipped = await refuseUnsupportedResources({ assembly, endpointUrl });
  for (const resource of skipped) onSkipped(resource);
  await bootstrapLocally(account);
  return deployApart({ assembly, environment, onProgress });
}
