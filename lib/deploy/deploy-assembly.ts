import { DeployProgress, type ReportProgress } from './progress.ts';
import { type ToolkitOptions, withToolkit } from './toolkit.ts';

export interface DeployAssemblyOptions extends ToolkitOptions {
  readonly onProgress: ReportProgress;
  /**
   * Updates stacks whose template has not changed, too: Fn::GetStackOutput reads the other stack again only
   * at an update.
   */
  readonly forceDeployment?: boolean;
}

/** Outputs by stack name. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Deploys every stack of a cloud assembly; independent stacks at the same time.
 * @throws Error that names what failed
 */
export async function deployAssembly({
  onProgress,
  forceDeployment = false,
  ...options
}: DeployAssemblyOptions): Promise<Outputs> {
  const progress = new DeployProgress(onProgress);
  return withToolkit(options, progress, async (toolkit, source) => {
    try {
      const { stacks } = await toolkit.deploy(source, {
        deploymentMethod: { method: 'direct' },
        concurrency: 4,
        stackEventPollingInterval: 500,
        forceDeployment,
      });
      return Object.fromEntries(stacks.map(({ stackName, outputs }) => [stackName, outputs]));
    } catch (error) {
      throw progress.explain(error);
    }
  });
}

/**
 * Deletes every stack of a cloud assembly, those that others read last.
 * @throws Error that names what failed
 */
export async function destroyAssembly({
  onProgress,
  ...options
}: Omit<DeployAssemblyOptions, 'forceDeployment'>): Promise<void> {
  const progress = new DeployProgress(onProgress);
  await withToolkit(options, progress, async (toolkit, source) => {
    try {
      await toolkit.destroy(source, { concurrency: 4 });
    } catch (error) {
      throw progress.explain(error, 'The deletion failed.');
    }
  });
}
