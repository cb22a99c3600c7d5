// The process of `deployApart`.

import type { DeployOrder, DeployReport } from './deploy-apart.ts';
import { deployAssembly } from './deploy-assembly.ts';

const report = (each: DeployReport) => process.send?.(each);

// The launcher is gone: nobody waits for the stacks any more.
process.on('disconnect', () => process.exit(1));

process.once('message', async (order: DeployOrder) => {
  try {
    const onProgress = (progress: Extract<DeployReport, { type: 'progress' }>['progress']) =>
      report({ type: 'progress', progress });
    report({ type: 'deployed', outputs: await deployAssembly({ ...order, onProgress }) });
  } catch (error) {
    report({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
  process.removeAllListeners('disconnect');
  process.disconnect();
});
