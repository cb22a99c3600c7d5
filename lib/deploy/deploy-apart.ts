import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { DeployAssemblyOptions, Outputs } from './deploy-assembly.ts';
import type { StackProgress } from './progress.ts';

/** What the worker is sent, once. */
export type DeployOrder = Omit<DeployAssemblyOptions, 'onProgress'>;

export type DeployReport =
  | { readonly type: 'progress'; readonly progress: StackProgress }
  | { readonly type: 'deployed'; readonly outputs: Outputs }
  | { readonly type: 'failed'; readonly message: string };

/**
 * Deploys in a process of its own, which ends then: the CDK's toolkit takes 150 MB, and a launcher that lives
 * for hours should not keep them.
 * @throws Error that names what failed
 */
export async function deployApart(
  { onProgress, ...order }: DeployAssemblyOptions,
  workerFile = join(import.meta.dirname, 'deploy-worker.ts'),
): Promise<Outputs> {
  const worker = fork(workerFile, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // The launcher's small young generation would cost this process half of its time in garbage collection.
    execArgv: ['--disable-warning=TimeoutNegativeWarning', '--max-semi-space-size=32'],
  });
  return new Promise((resolve, reject) => {
    worker.on('message', (report: DeployReport) => {
      if (report.type === 'progress') onProgress(report.progress);
      else if (report.type === 'deployed') resolve(report.outputs);
      else reject(new Error(report.message));
    });
    worker.on('error', reject);
    worker.on('exit', (code, signal) =>
      reject(new Error(`The deploy was ended by ${signal ?? `exit code ${code}`}.`)),
    );
    worker.send(order satisfies DeployOrder);
  });
}
