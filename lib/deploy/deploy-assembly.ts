import { inEnvironment } from './environment.ts';
import { DeployProgress, type ReportProgress } from './progress.ts';

export interface DeployAssemblyOptions {
  /** Directory that `synthesize` wrote. */
  readonly assembly: string;
  /** Environment variables with the AWS account, credentials and endpoint. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onProgress: ReportProgress;
  /** Region in which the CDK's bootstrap stack is deployed first, unless it exists. */
  readonly bootstrap?: string;
}

/** Outputs by stack name. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Deploys every stack of a cloud assembly; independent stacks at the same time.
 * @throws Error that names what failed
 */
export async function deployAssembly({
  assembly,
  environment,
  onProgress,
  bootstrap,
}: DeployAssemblyOptions): Promise<Outputs> {
  const progress = new DeployProgress(onProgress);
  return inEnvironment(environment, async () => {
    // Imported only now, since it takes 2 s to load and reads the environment when it does.
    const { BootstrapEnvironments, Toolkit } = await import('@aws-cdk/toolkit-lib');
    const toolkit = new Toolkit({ ioHost: progress, emojis: false, color: false });
    try {
      const source = await toolkit.fromAssemblyDirectory(assembly);
      if (bootstrap !== undefined) {
        await toolkit.bootstrap(BootstrapEnvironments.fromList([`aws://unknown-account/${bootstrap}`]));
      }
      const { stacks } = await toolkit.deploy(source, {
        deploymentMethod: { method: 'direct' },
        concurrency: 4,
        stackEventPollingInterval: 500,
      });
      return Object.fromEntries(stacks.map(({ stackName, outputs }) => [stackName, outputs]));
    } catch (error) {
      throw progress.explain(error);
    }
  });
}
